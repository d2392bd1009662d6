import type { OwnerMembers } from '@refold/contracts';

/** The principal that the owner members of a request stand for; null when they name nobody. */
export function principalOf(owner: OwnerMembers): string | null {
  const user = owner.owner_user_id ?? null;
  if (user !== null) return `user:${user}`;
  const scope = owner.owner_guest_scope ?? null;
  return scope === null ? null : `guest:${scope.trim()}`;
}
