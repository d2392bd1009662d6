import type { OwnerMembers } from '@refold/contracts';
import type { Owner } from './state.js';

/** Belongs to nobody: open to every principal. */
export const NOBODY: Owner = Object.freeze({ tenant: null, principal: null });

/** The name that owner members stand for, without their tenant; null when they name nobody. */
export function ownerName(members: OwnerMembers): string | null {
  const user = members.owner_user_id ?? null;
  if (user !== null) return `user:${user}`;
  const scope = members.owner_guest_scope ?? null;
  return scope === null ? null : `guest:${scope.trim()}`;
}

/**
 * The owner that the members of a creating event name, else the principal who made it, else nobody.
 * A tenant without an owner is the owner: everybody of that tenant may claim.
 */
export function ownerNamedBy(
  members: OwnerMembers & { tenant?: string | null },
  principal: string | null,
): Owner {
  const tenant = members.tenant ?? null;
  const named = ownerName(members);
  if (named !== null) return { tenant, principal: named };
  if (principal !== null) return { tenant: null, principal };
  return tenant === null ? NOBODY : { tenant, principal: null };
}

/** The owner as a principal writes it: `[tenant/]principal`; null when every principal may claim. */
export function ownerText(owner: Owner): string | null {
  if (owner.tenant === null) return owner.principal;
  return `${owner.tenant}/${owner.principal ?? ''}`;
}

/**
 * Whether a claim stamped with `principal` may touch a stream of `owner`. No principal: the writer is
 * trusted. Principals of a tenant are written `tenant/name`; tenants hold no slash.
 */
export function mayClaim(owner: Owner, principal: string | null): boolean {
  if (principal === null) return true;
  if (owner.principal === null) {
    return owner.tenant === null || principal.startsWith(`${owner.tenant}/`);
  }
  if (owner.tenant === null) return principal === owner.principal;
  return principal === `${owner.tenant}/${owner.principal}`;
}
