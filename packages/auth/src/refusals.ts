import { ProblemError } from '@refold/contracts';

/** Why a credential is refused: stable, for programs. Documented in docs/security.md. */
export const UNAUTHORIZED_REASONS = [
  'missing_authorization',
  'invalid_authorization_scheme',
  'invalid_token_format',
  'unsupported_alg',
  'unknown_kid',
  'invalid_signature',
  'invalid_claims',
  'claim_mismatch',
  'token_expired',
  'token_not_yet_valid',
  'token_too_old',
  'missing_iat',
  'missing_jti',
  'token_replayed',
  'invalid_key',
] as const;
export type UnauthorizedReason = (typeof UNAUTHORIZED_REASONS)[number];

/** Nothing of the credential may stand in `detail`: it is logged and sent. */
export const unauthorized = (reason: UnauthorizedReason, detail: string): ProblemError =>
  new ProblemError('unauthorized', { detail, extras: { reason_code: reason } });

/** Why a credential that is good is not good for this: it is bound to something else. */
export const BINDING_REASONS = [
  'binding_required',
  'installation_wide',
  'run_mismatch',
  'worker_mismatch',
  'owner_mismatch',
  'tenant_mismatch',
] as const;
export type BindingReason = (typeof BINDING_REASONS)[number];

/** Says nothing of what exists: it is told from the request and the credential alone. */
export const outsideBinding = (reason: BindingReason, detail: string): ProblemError =>
  new ProblemError('outside_binding', { detail, extras: { reason_code: reason } });

/** What is needed to check a credential is away: nobody is let in meanwhile. */
export const authUnavailable = (detail: string, cause: unknown): ProblemError =>
  new ProblemError('auth_unavailable', { detail, cause });
