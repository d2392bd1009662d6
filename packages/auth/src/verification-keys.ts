import type { CryptoKey } from 'jose';

/** Signatures that are taken. `none` and everything else is not, whatever a token says of itself. */
export const ALGORITHMS = ['HS256', 'RS256', 'ES256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A key that verifies one algorithm and no other. */
export interface VerificationKey {
  alg: Algorithm;
  /** Null: it has no name, and is tried for every token. */
  kid: string | null;
  key: CryptoKey | Uint8Array;
}

/** Keys tried for one token; a token without `kid` may fit several. */
const TRIED_MAX = 8;

/** The keys that may have signed a token, by what its header says. */
export const candidatesOf = (
  keys: readonly VerificationKey[],
  alg: Algorithm,
  kid: string | undefined,
): VerificationKey[] =>
  keys
    .filter((key) => key.alg === alg)
    .filter((key) => kid === undefined || key.kid === null || key.kid === kid)
    .slice(0, TRIED_MAX);
