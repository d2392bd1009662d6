import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { readClaims, type TokenClaims } from './claims.js';
import { authUnavailable, unauthorized } from './refusals.js';
import {
  ALGORITHMS,
  candidatesOf,
  type Algorithm,
  type VerificationKey,
} from './verification-keys.js';

/** What a token must say to be taken. */
export interface TokenRules {
  issuer: string;
  audience: string;
  /** How far clocks may be apart, seconds. */
  skewSeconds: number;
  /** Age after which a token is refused though it has not expired, seconds; null: its expiry alone counts. */
  maxAgeSeconds: number | null;
}

/** Where the keys of tokens are. */
export interface TokenKeys {
  get(alg: Algorithm): Promise<readonly VerificationKey[]>;
  /** Reads them once more, for one that is missing. */
  again(alg: Algorithm): Promise<readonly VerificationKey[]>;
}

interface Header {
  alg: Algorithm;
  kid: string | undefined;
}

const isAlgorithm = (alg: unknown): alg is Algorithm =>
  (ALGORITHMS as readonly unknown[]).includes(alg);

function headerOf(token: string): Header {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    throw unauthorized(
      'invalid_token_format',
      'The credential is neither a signed token nor an API key.',
    );
  }
  const { alg, kid } = header;
  if (!isAlgorithm(alg)) {
    throw unauthorized('unsupported_alg', `The token is not signed with ${ALGORITHMS.join(', ')}.`);
  }
  if (kid !== undefined && typeof kid !== 'string') {
    throw unauthorized('invalid_token_format', 'The kid of the token is no text.');
  }
  return { alg, kid };
}

/** The refusal behind an error of the library. */
function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return error.claim === 'iat'
      ? unauthorized('token_too_old', 'The token is older than tokens may be.')
      : unauthorized('token_expired', 'The token has expired.');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (claim === 'nbf' || (claim === 'iat' && reason === 'check_failed')) {
      return unauthorized('token_not_yet_valid', 'The token is not valid yet.');
    }
    if (claim === 'iat')
      return unauthorized('missing_iat', 'The token does not say when it was issued.');
    if (claim === 'iss' || claim === 'aud') {
      return unauthorized(
        'claim_mismatch',
        `The claim ${claim} is not the one that is expected here.`,
      );
    }
    return unauthorized('invalid_claims', `The claim ${claim} is missing or not as expected.`);
  }
  if (error instanceof errors.JOSEError) {
    return unauthorized('invalid_token_format', 'The token cannot be read.');
  }
  return error;
}

/** Tells what a token says, if it is one of ours and valid at `nowMs`. */
export type VerifyToken = (token: string, nowMs: number) => Promise<TokenClaims>;

/** A {@link VerifyToken}. It rejects with a ProblemError: unauthorized, or auth_unavailable without keys. */
export function createTokenVerifier(rules: TokenRules, keys: TokenKeys): VerifyToken {
  const { issuer, audience, skewSeconds, maxAgeSeconds } = rules;

  /** Null: none of the keys has signed it. */
  async function payloadOf(
    token: string,
    alg: Algorithm,
    candidates: readonly VerificationKey[],
    nowMs: number,
  ): Promise<JWTPayload | null> {
    for (const { key } of candidates) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [alg],
          issuer,
          audience,
          clockTolerance: skewSeconds,
          currentDate: new Date(nowMs),
          requiredClaims: ['exp', 'sub'],
          ...(maxAgeSeconds === null ? {} : { maxTokenAge: maxAgeSeconds }),
        });
        return payload;
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusalOf(error);
      }
    }
    return null;
  }

  async function keysOr(read: () => Promise<readonly VerificationKey[]>) {
    try {
      return await read();
    } catch (error) {
      throw authUnavailable('The keys of tokens cannot be read.', error);
    }
  }

  /** The keys that a header names; where there are none, they are read once more. */
  async function keysOf({ alg, kid }: Header): Promise<readonly VerificationKey[]> {
    const known = candidatesOf(await keysOr(() => keys.get(alg)), alg, kid);
    if (known.length > 0) return known;
    const all = await keysOr(() => keys.again(alg));
    const read = candidatesOf(all, alg, kid);
    if (read.length > 0) return read;
    throw kid === undefined || all.length === 0
      ? unauthorized('unsupported_alg', `No key here verifies ${alg}.`)
      : unauthorized('unknown_kid', 'No key here has the kid of the token.');
  }

  return async (token, nowMs) => {
    const header = headerOf(token);
    const candidates = await keysOf(header);
    const payload = await payloadOf(token, header.alg, candidates, nowMs);
    if (payload === null) {
      throw unauthorized('invalid_signature', 'The signature of the token is not right.');
    }
    const claims = readClaims(payload);
    if (claims.iat !== null && claims.iat > nowMs / 1_000 + skewSeconds) {
      throw unauthorized('token_not_yet_valid', 'The token was issued in the future.');
    }
    return claims;
  };
}
