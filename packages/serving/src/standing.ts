import { outsideBinding, type Bindings, type Caller } from '@refold/auth';
import type { StreamKind } from '@refold/contracts';
import { mayClaim, NOBODY, type Claimant, type Owner } from '@refold/domain';
import { principalOf, type RequestOwner } from './owner-principal.js';

/** As whom a request is made. */
export interface Standing extends Claimant {
  /** Whose idempotency keys these are; null: nobody is asked who it is, and none is named. */
  identity: string | null;
}

/** The principal that a caller is bound to: an owner, a whole tenant, or null for neither. */
function boundPrincipal({ owner, tenant }: Bindings): string | null {
  if (owner === null) return tenant === null ? null : `${tenant}/`;
  return tenant === null ? owner : `${tenant}/${owner}`;
}

/** Reaches only streams that it names, whoever owns them. */
const isNamesOnly = ({ runs, workers, owner, tenant }: Bindings): boolean =>
  (runs !== null || workers !== null) && owner === null && tenant === null;

/**
 * As whom a caller makes a request with these owner members, which must lie within what it is bound to.
 * Without authentication, and for a service, the members are taken at their word.
 * @throws ProblemError outside_binding
 */
export function standingOf(caller: Caller | null, members: RequestOwner = {}): Standing {
  const named = principalOf(members);
  if (caller === null) return { principal: named, bound: false, identity: named };
  const { principal: who, bindings } = caller;
  const limit = boundPrincipal(bindings);
  if (limit !== null) checkWithin(bindings, limit, members, named);
  const principal = limit !== null && (named === null || bindings.owner !== null) ? limit : named;
  const identity = principal === null ? who : `${who} ${principal}`;
  return { principal, bound: limit !== null, identity };
}

function checkWithin(
  { owner, tenant }: Bindings,
  limit: string,
  members: RequestOwner,
  named: string | null,
): void {
  const given = members.tenant ?? null;
  if (given !== null && given !== tenant) {
    throw outsideBinding(
      'tenant_mismatch',
      'The credential is bound to another tenant, or to none.',
    );
  }
  if (owner !== null && named !== null && named !== limit) {
    throw outsideBinding('owner_mismatch', 'The credential is bound to another owner.');
  }
  if (owner === null && named !== null && given === null) {
    throw outsideBinding(
      'tenant_mismatch',
      'The credential is bound to a tenant, which was not named.',
    );
  }
}

const MISMATCH = {
  run: 'run_mismatch',
  worker: 'worker_mismatch',
  operation: 'installation_wide',
} as const satisfies Record<StreamKind, string>;

/** @throws ProblemError outside_binding where the caller's credential names streams, and not this one. */
export function checkNamed(caller: Caller | null, kind: StreamKind, streamId: string): void {
  if (caller === null || namedIds(caller, kind)?.has(streamId) !== false) return;
  throw outsideBinding(MISMATCH[kind], `The credential does not name the ${kind} ${streamId}.`);
}

const NONE: ReadonlySet<string> = new Set();

/** The only streams of a kind that a caller reaches; null: it names none. No credential names operations. */
export function namedIds({ bindings }: Caller, kind: StreamKind): ReadonlySet<string> | null {
  const { runs, workers } = bindings;
  if (runs === null && workers === null) return null;
  const named = { run: runs, worker: workers, operation: null };
  return named[kind] ?? NONE;
}

/**
 * What a caller may found: streams that it names or, where it names none, of any ID. One that is bound to names
 * alone may not say whose they are. @param given Null: the server makes the ID. @throws ProblemError outside_binding
 */
export function checkFounding(
  caller: Caller | null,
  kind: StreamKind,
  given: string | null,
  members: RequestOwner,
): void {
  if (caller === null) return;
  if (given === null && namedIds(caller, kind) !== null) {
    throw outsideBinding(
      MISMATCH[kind],
      `The credential names the ${kind}s it reaches: expected one of them.`,
    );
  }
  if (given !== null) checkNamed(caller, kind, given);
  const saysWhose = principalOf(members) !== null || (members.tenant ?? null) !== null;
  if (saysWhose && isNamesOnly(caller.bindings)) {
    throw outsideBinding(
      'owner_mismatch',
      'The credential is bound to no owner, so it may name none.',
    );
  }
}

/**
 * A body or query with the owner and the tenant that the caller is bound to, where it names none. What is no
 * object is left to its schema.
 */
export function withBoundOwner(caller: Caller | null, given: unknown): unknown {
  if (caller === null || typeof given !== 'object' || given === null || Array.isArray(given)) {
    return given;
  }
  const { owner, tenant } = caller.bindings;
  if (owner === null && tenant === null) return given;
  const members = given as Record<string, unknown>;
  const isSilent = isBlank(members['owner_user_id']) && isBlank(members['owner_guest_scope']);
  return {
    ...members,
    ...(tenant === null || !isBlank(members['tenant']) ? {} : { tenant }),
    ...(owner === null || !isSilent ? {} : ownerMembersOf(owner)),
  };
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

function ownerMembersOf(owner: string): Record<string, unknown> {
  const name = owner.slice(owner.indexOf(':') + 1);
  return owner.startsWith('user:') ? { owner_user_id: Number(name) } : { owner_guest_scope: name };
}

/** The same for a query, whose members are texts. */
export function withBoundOwnerTexts(caller: Caller | null, query: unknown): unknown {
  const filled = withBoundOwner(caller, query);
  if (filled === query) return query;
  const members = filled as Record<string, unknown>;
  const user = members['owner_user_id'];
  return typeof user === 'number' ? { ...members, owner_user_id: String(user) } : members;
}

/** Whether streams of others are to be as if they did not exist. */
export const isLimited = (caller: Caller | null): boolean =>
  caller !== null && boundPrincipal(caller.bindings) !== null;

/**
 * Whether a caller may see a stream of this owner, apart from the streams it names. An operation spans all
 * owners: who is bound to one sees none, its planner included.
 */
export function maySee(caller: Caller | null, kind: StreamKind, owner: Owner): boolean {
  if (caller === null) return true;
  const principal = boundPrincipal(caller.bindings);
  const claimant = { principal, bound: principal !== null };
  return mayClaim(kind === 'operation' ? NOBODY : owner, claimant);
}
