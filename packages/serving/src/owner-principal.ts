import type { OwnerMembers } from '@refold/contracts';

/** Owner members of a request, and the tenant in which they count. */
export interface RequestOwner extends OwnerMembers {
  tenant?: string | null | undefined;
}

function nameOf(owner: OwnerMembers): string | null {
  const user = owner.owner_user_id ?? null;
  if (user !== null) return `user:${user}`;
  const scope = owner.owner_guest_scope ?? null;
  return scope === null ? null : `guest:${scope.trim()}`;
}

/** The principal that the owner members of a request stand for; null when they name nobody. */
export function principalOf(owner: RequestOwner): string | null {
  const name = nameOf(owner);
  const tenant = owner.tenant ?? null;
  return name === null || tenant === null ? name : `${tenant}/${name}`;
}
