import type { OwnerMembers } from '@refold/contracts';
import { ownerName } from '@refold/domain';

/** Owner members of a request, and the tenant in which they count. */
export interface RequestOwner extends OwnerMembers {
  tenant?: string | null | undefined;
}

/** The principal that the owner members of a request stand for; null when they name nobody. */
export function principalOf(owner: RequestOwner): string | null {
  const name = ownerName(owner);
  const tenant = owner.tenant ?? null;
  return name === null || tenant === null ? name : `${tenant}/${name}`;
}
