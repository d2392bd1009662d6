import type { Scope } from '@refold/contracts';

/**
 * What a caller is bound to; each that is not null narrows, and all of them hold at once. All null:
 * a service, which acts for everybody.
 */
export interface Bindings {
  /** The only runs it reaches. */
  runs: ReadonlySet<string> | null;
  /** The only workers it reaches. */
  workers: ReadonlySet<string> | null;
  /** The owner it acts for: `user:<id>` or `guest:<scope>`. */
  owner: string | null;
  /** The tenant it belongs to. */
  tenant: string | null;
}

/** Who calls, as its credential says and nothing else. */
export interface Caller {
  /** Who, the same at every renewal of the credential: `sub:<subject>` or `key:<name>`. */
  principal: string;
  scopes: ReadonlySet<Scope>;
  bindings: Bindings;
}

export const NO_BINDINGS: Bindings = Object.freeze({
  runs: null,
  workers: null,
  owner: null,
  tenant: null,
});

/** Whether the caller acts for everybody. */
export const isUnbound = ({ bindings }: Caller): boolean =>
  Object.values(bindings).every((binding) => binding === null);

/** Whether the caller's credential has a scope, by name or by `admin`. */
export const hasScope = ({ scopes }: Caller, scope: Scope): boolean =>
  scopes.has(scope) || scopes.has('admin');

/** Tells who calls. */
export interface Authenticator {
  /**
   * The caller behind an `Authorization` header; at once where the credential is known.
   * @throws ProblemError unauthorized with a `reason_code`; auth_unavailable when that cannot be told now.
   */
  authenticate(authorization: string | undefined): Caller | Promise<Caller>;
}
