import { createHmac } from 'node:crypto';
import { createAuthenticator, type Authenticator } from '@refold/auth';
import { createMemoryOneTimeUses } from '@refold/test-kit';

const SECRET = 'the-secret-of-the-authorisation-table';
const ISSUER = 'https://issuer.example';
const AUDIENCE = 'refold';

/** Claims of a token besides issuer, audience and times. */
export interface TokenClaims {
  sub?: string;
  scope?: string;
  refold_owner?: string;
  refold_tenant?: string;
  refold_runs?: string[];
  refold_workers?: string[];
  /** Seconds from now; 300 unless told. */
  expiresIn?: number;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A bearer token that the authenticator below takes. */
export function tokenOf({ expiresIn = 300, ...claims }: TokenClaims, secret = SECRET): string {
  const now = Math.floor(Date.now() / 1_000);
  const times = { iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + expiresIn };
  const text = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${part({ sub: 'tester', ...times, ...claims })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Takes tokens of {@link tokenOf}. */
export const tableAuthenticator = (): Authenticator =>
  createAuthenticator(
    {
      tokens: {
        issuer: ISSUER,
        audience: AUDIENCE,
        skewSeconds: 30,
        maxAgeSeconds: null,
        secrets: [{ secret: SECRET, kid: null }],
        keySet: null,
        singleUse: false,
        unbound: true,
      },
      keysFile: null,
    },
    {
      nowMs: Date.now,
      uses: createMemoryOneTimeUses(Date.now),
      fetcher: fetch,
      trouble(error) {
        throw error;
      },
    },
  );
