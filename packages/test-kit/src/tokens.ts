import { createHmac } from 'node:crypto';

export const TOKEN_ISSUER = 'https://issuer.example';
export const TOKEN_AUDIENCE = 'refold';
/** Signs tokens with HS256. */
export const TOKEN_SECRET = 'the-secret-that-signs-the-tokens-of-tests';

/** Which tokens an authenticator takes; a server takes the same by {@link TOKEN_SETTINGS}. */
export const TOKEN_CONFIG = {
  issuer: TOKEN_ISSUER,
  audience: TOKEN_AUDIENCE,
  skewSeconds: 30,
  maxAgeSeconds: null,
  secrets: [{ secret: TOKEN_SECRET, kid: null }],
  keySet: null,
  singleUse: false,
  unbound: true,
} as const;

/** The settings of a server that takes them. */
export const TOKEN_SETTINGS = {
  REFOLD_AUTH_JWT_SECRET: TOKEN_SECRET,
  REFOLD_AUTH_ISSUER: TOKEN_ISSUER,
  REFOLD_AUTH_AUDIENCE: TOKEN_AUDIENCE,
} as const;

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

/** A bearer token that is taken now, signed without the library that verifies it. */
export function tokenOf(
  { expiresIn = 300, ...claims }: TokenClaims,
  secret: string = TOKEN_SECRET,
): string {
  const now = Math.floor(Date.now() / 1_000);
  const times = { iss: TOKEN_ISSUER, aud: TOKEN_AUDIENCE, iat: now, exp: now + expiresIn };
  const text = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${part({ sub: 'tester', ...times, ...claims })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
