import {
  duration,
  flag,
  integer,
  isLoopbackHost,
  pattern,
  text,
  type ConfigOf,
  type ConfigProblem,
  type Parser,
  type Setting,
} from '@refold/service';
import { z } from 'zod';

/** HS256 asks for a key as long as its hash (RFC 7518, section 3.2). */
const SECRET_BYTES_MIN = 32;

const secretText = (): Parser<string> => {
  const expects = `a text of at least ${SECRET_BYTES_MIN} bytes, such as \`openssl rand -base64 32\` prints`;
  return z
    .string()
    .refine((given) => Buffer.byteLength(given) >= SECRET_BYTES_MIN && given.trim() === given, {
      error: `expected ${expects}`,
    })
    .meta({ expects });
};

/** Keys that came in the clear would be anybody's. */
const keySetPlace = (): Parser<string> => {
  const expects = 'a file, or a URL that begins with https:// (http:// on this machine alone)';
  return z
    .string()
    .refine(
      (given) => {
        if (!/^[a-z]+:\/\//i.test(given)) return given.trim() === given && given !== '';
        if (!URL.canParse(given)) return false;
        const { protocol, hostname, username } = new URL(given);
        const isPlain = protocol === 'http:' && isLoopbackHost(hostname.replace(/^\[|\]$/g, ''));
        return username === '' && (protocol === 'https:' || isPlain);
      },
      { error: `expected ${expects}` },
    )
    .meta({ expects });
};

const KID = /^[!-~]{1,128}$/;
const KID_EXPECTS = '1-128 visible ASCII characters';

/** Who is let in; the same for every process that listens. None of them set: everybody who reaches it. */
export const authSettings = {
  authFailuresMax: {
    env: 'REFOLD_AUTH_FAILURES_MAX',
    parser: integer({ min: 1, max: 10_000_000 }),
    default: '100',
    unit: 'logins',
    description:
      'Failed logins (401) of one address in a minute; more are answered 429. Good credentials of the same address are let in all the same.',
  },
  authKeysFile: {
    env: 'REFOLD_AUTH_KEYS_FILE',
    parser: text(),
    description:
      'File of API keys, a line each, as `refold keys create` prints them. Read again within 5 s of a change.',
  },
  authSecret: {
    env: 'REFOLD_AUTH_JWT_SECRET',
    parser: secretText(),
    description: 'Secret that signs tokens with HS256.',
    secret: true,
  },
  authKid: {
    env: 'REFOLD_AUTH_JWT_KID',
    parser: pattern(KID, KID_EXPECTS),
    description: 'What tokens call that secret (`kid`). Without it, it is tried for every token.',
  },
  authPreviousSecret: {
    env: 'REFOLD_AUTH_JWT_PREVIOUS_SECRET',
    parser: secretText(),
    description: 'The secret before, still good while tokens signed with it are about.',
    secret: true,
  },
  authPreviousKid: {
    env: 'REFOLD_AUTH_JWT_PREVIOUS_KID',
    parser: pattern(KID, KID_EXPECTS),
    description: 'What tokens call the secret before.',
  },
  authJwks: {
    env: 'REFOLD_AUTH_JWKS',
    parser: keySetPlace(),
    description:
      'Public keys (JWK set) of tokens signed with RS256 or ES256. A file is read again within 5 s of a change, a URL every 10 minutes.',
  },
  authIssuer: {
    env: 'REFOLD_AUTH_ISSUER',
    parser: text(),
    description: 'The `iss` of tokens; needed where tokens are taken.',
  },
  authAudience: {
    env: 'REFOLD_AUTH_AUDIENCE',
    parser: text(),
    description: 'The `aud` of tokens, or one of several; needed where tokens are taken.',
  },
  authSkew: {
    env: 'REFOLD_AUTH_SKEW',
    parser: duration({ min: 0, max: 300_000 }),
    default: '30s',
    unit: 'ms',
    description: 'How far clocks may be apart; holds for `exp`, `nbf`, `iat` and the largest age.',
  },
  authMaxAge: {
    env: 'REFOLD_AUTH_MAX_AGE',
    parser: duration({ min: 1_000, max: 31_536_000_000 }),
    unit: 'ms',
    description: 'Largest age of a token by its `iat`, which it then must have.',
  },
  authSingleUse: {
    env: 'REFOLD_AUTH_SINGLE_USE',
    parser: flag(),
    default: 'false',
    description:
      'Every token is good for one request, told by its `jti`, over all instances. While the store is away no token is taken.',
  },
  authUnbound: {
    env: 'REFOLD_AUTH_UNBOUND_TOKENS',
    parser: flag(),
    default: 'true',
    description:
      'Takes tokens that are bound to nothing, which act for everybody. false: only API keys may be unbound.',
  },
} as const satisfies Record<string, Setting>;

export type AuthSettings = ConfigOf<typeof authSettings>;

const takesTokens = ({ authSecret, authJwks }: AuthSettings): boolean =>
  authSecret !== undefined || authJwks !== undefined;

/** Whether anybody is asked who it is. */
export const isGuarded = (config: AuthSettings): boolean =>
  takesTokens(config) || config.authKeysFile !== undefined;

/** A setting that means nothing without another one. */
const needs =
  (
    env: string,
    isGiven: (config: AuthSettings) => boolean,
    isThere: (config: AuthSettings) => boolean,
    expected: string,
  ) =>
  (config: AuthSettings): ConfigProblem | null =>
    isGiven(config) && !isThere(config) ? { env, expected } : null;

const BESIDE_KEYS = 'has no use without REFOLD_AUTH_JWT_SECRET or REFOLD_AUTH_JWKS';
const tokenOnly = (env: string, isGiven: (config: AuthSettings) => boolean) =>
  needs(env, isGiven, takesTokens, BESIDE_KEYS);

/** Rules between the settings above; every broken one is told. */
export const authChecks = [
  needs(
    'REFOLD_AUTH_ISSUER',
    takesTokens,
    ({ authIssuer }) => authIssuer !== undefined,
    'is required where tokens are taken: expected the iss that they carry',
  ),
  needs(
    'REFOLD_AUTH_AUDIENCE',
    takesTokens,
    ({ authAudience }) => authAudience !== undefined,
    'is required where tokens are taken: expected the aud that they carry',
  ),
  tokenOnly('REFOLD_AUTH_ISSUER', ({ authIssuer }) => authIssuer !== undefined),
  tokenOnly('REFOLD_AUTH_AUDIENCE', ({ authAudience }) => authAudience !== undefined),
  tokenOnly('REFOLD_AUTH_MAX_AGE', ({ authMaxAge }) => authMaxAge !== undefined),
  tokenOnly('REFOLD_AUTH_SINGLE_USE', ({ authSingleUse }) => authSingleUse),
  needs(
    'REFOLD_AUTH_JWT_PREVIOUS_SECRET',
    ({ authPreviousSecret }) => authPreviousSecret !== undefined,
    ({ authSecret, authPreviousSecret }) =>
      authSecret !== undefined && authSecret !== authPreviousSecret,
    'has no use without another secret in REFOLD_AUTH_JWT_SECRET',
  ),
  needs(
    'REFOLD_AUTH_JWT_KID',
    ({ authKid }) => authKid !== undefined,
    ({ authSecret }) => authSecret !== undefined,
    'names the secret in REFOLD_AUTH_JWT_SECRET, which is not set',
  ),
  needs(
    'REFOLD_AUTH_JWT_PREVIOUS_KID',
    ({ authPreviousKid }) => authPreviousKid !== undefined,
    ({ authPreviousSecret }) => authPreviousSecret !== undefined,
    'names the secret in REFOLD_AUTH_JWT_PREVIOUS_SECRET, which is not set',
  ),
];
