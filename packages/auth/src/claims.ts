import { isName, SCOPES, type Scope } from '@refold/contracts';
import { z } from 'zod';
import { bindingMembers, bindingsOf } from './bindings.js';
import type { Caller } from './caller.js';
import { unauthorized } from './refusals.js';

/** Claims of ours begin with this; those of the standards keep their names. */
const OWN_PREFIX = 'refold_';

/** Most UTF-16 units of a subject (OpenID Connect allows 255 ASCII characters). */
const SUBJECT_MAX = 255;

const claims = z.looseObject({
  sub: z
    .string()
    .min(1)
    .max(SUBJECT_MAX)
    .refine(isName, { error: 'expected no control characters and no unpaired surrogates' }),
  /** RFC 8693: words joined by blanks. */
  scope: z.string().optional(),
  jti: z.string().min(1).max(256).optional(),
  iat: z.number().optional(),
  exp: z.number(),
  refold_owner: bindingMembers.owner,
  refold_tenant: bindingMembers.tenant,
  refold_runs: bindingMembers.runs,
  refold_workers: bindingMembers.workers,
});

const KNOWN: ReadonlySet<string> = new Set(Object.keys(claims.shape));

/** What a token's claims say, once its signature and its times are right. */
export interface TokenClaims {
  caller: Caller;
  jti: string | null;
  /** Seconds since the epoch. */
  exp: number;
  iat: number | null;
}

const isScope = (word: string): word is Scope => (SCOPES as readonly string[]).includes(word);

/** Words that are no scopes of ours belong to other services. */
const scopesOf = (scope: string): ReadonlySet<Scope> => new Set(scope.split(' ').filter(isScope));

/**
 * Reads claims. A claim of ours that this build does not know may narrow what the token is good for, so
 * it is refused, not passed over. @throws ProblemError unauthorized
 */
export function readClaims(payload: object): TokenClaims {
  const stranger = Object.keys(payload).find(
    (name) => name.startsWith(OWN_PREFIX) && !KNOWN.has(name),
  );
  if (stranger !== undefined) {
    throw unauthorized('invalid_claims', 'The token has a claim refold_… that is not known here.');
  }
  const read = claims.safeParse(payload);
  if (!read.success) {
    const [issue] = read.error.issues;
    const claim = String(issue?.path[0] ?? '');
    throw unauthorized(
      'invalid_claims',
      `The claim ${claim} is not as expected: ${issue?.message ?? ''}.`,
    );
  }
  const { sub, scope, jti, exp, iat } = read.data;
  const bindings = bindingsOf({
    owner: read.data.refold_owner,
    tenant: read.data.refold_tenant,
    runs: read.data.refold_runs,
    workers: read.data.refold_workers,
  });
  return {
    caller: { principal: `sub:${sub}`, scopes: scopesOf(scope ?? ''), bindings },
    jti: jti ?? null,
    exp,
    iat: iat ?? null,
  };
}
