import type { OwnerMembers } from '@refold/contracts';
import type { Owner } from './state.js';

/** Belongs to nobody: open to every principal that is not bound. */
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
  if (principal !== null) return ownerOfPrincipal(principal);
  return tenant === null ? NOBODY : { tenant, principal: null };
}

/** `tenant/name`, or `tenant/` for the whole tenant; a name may hold what a tenant may not. */
const OF_TENANT = /^([A-Za-z0-9._-]+)\/(.*)$/s;

/** The owner that a principal is: with its tenant, where it is written with one. */
function ownerOfPrincipal(principal: string): Owner {
  const [, tenant, name] = OF_TENANT.exec(principal) ?? [];
  if (tenant === undefined) return { tenant: null, principal };
  return { tenant, principal: name === undefined || name === '' ? null : name };
}

/** The owner as a principal writes it: `[tenant/]principal`; null when every principal may claim. */
export function ownerText(owner: Owner): string | null {
  if (owner.tenant === null) return owner.principal;
  return `${owner.tenant}/${owner.principal ?? ''}`;
}

/** As whom a claim is made, or a stream is read. */
export interface Claimant {
  /** Null: trusted with every stream. */
  principal: string | null;
  /** Reaches what belongs to its principal, and not what belongs to nobody. */
  bound: boolean;
}

/**
 * Whether a claimant may touch a stream of `owner`. No principal: the writer is trusted. Principals of
 * a tenant are written `tenant/name`, the whole tenant `tenant/`; tenants hold no slash.
 */
export function mayClaim(owner: Owner, { principal, bound }: Claimant): boolean {
  if (principal === null) return true;
  const { tenant } = owner;
  if (tenant === null) return owner.principal === null ? !bound : principal === owner.principal;
  if (owner.principal === null) return principal.startsWith(`${tenant}/`);
  return principal === `${tenant}/${owner.principal}` || principal === `${tenant}/`;
}
