import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { ProblemError } from '@refold/contracts';
import { TOKEN_AUDIENCE, TOKEN_ISSUER, TOKEN_SECRET } from '@refold/test-kit';
import type { AuthPorts } from './authenticator.js';

/** As long as the present one, and all but its last character the same. */
export const OLD_SECRET = `${TOKEN_SECRET.slice(0, -1)}z`;

/** Seconds since the epoch at which the tests begin. */
export const NOW = 1_800_000_000;

/** Claims of a token that is good; undefined takes one out. */
export const CLAIMS: JWTPayload = {
  iss: TOKEN_ISSUER,
  aud: TOKEN_AUDIENCE,
  sub: 'alice',
  scope: 'ingest read',
  iat: NOW,
  exp: NOW + 60,
};

/** Signs claims over {@link CLAIMS}. */
export function sign(
  changes: Readonly<Record<string, unknown>> = {},
  key: string | CryptoKey = TOKEN_SECRET,
  header: { alg?: string; kid?: string } = {},
): Promise<string> {
  const claims = JSON.parse(JSON.stringify({ ...CLAIMS, ...changes })) as JWTPayload;
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(typeof key === 'string' ? new TextEncoder().encode(key) : key);
}

/** A key pair and its public half as a member of a key set. */
export async function newKeyPair(alg: 'RS256' | 'ES256', kid: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig' };
  return { alg, kid, jwk, publicKey, privateKey };
}

/** A clock, what was told, and one-time uses that may be away. */
export function testPorts() {
  const used = new Set<string>();
  const told: string[] = [];
  const clock = { ms: NOW * 1_000 };
  const uses = {
    away: false,
    async use(id: string) {
      if (uses.away) throw new Error('the store is away');
      const isFirst = !used.has(id);
      used.add(id);
      return isFirst;
    },
  };
  const ports: AuthPorts = {
    nowMs: () => clock.ms,
    uses,
    fetcher: () => Promise.reject(new Error('nothing is fetched here')),
    trouble: (_error, what) => told.push(what),
  };
  return { ports, clock, uses, told };
}

/** What an authenticator says: the caller's name, or the code and reason of the refusal. */
export async function verdictOf(asked: () => unknown): Promise<string> {
  try {
    const caller = (await asked()) as { principal: string };
    return caller.principal;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const reason = error.occurrence.extras?.['reason_code'];
    return typeof reason === 'string' ? reason : error.code;
  }
}
