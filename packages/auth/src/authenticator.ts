import { hash } from 'node:crypto';
import type { OneTimeUses } from '@refold/pipeline';
import { KEY_PREFIX, readKeys, type ApiKeys } from './api-key.js';
import { isUnbound, type Authenticator, type Caller } from './caller.js';
import type { TokenClaims } from './claims.js';
import { createKeySet, isUrl } from './key-set.js';
import { readChanged, type FileText } from './read-changed.js';
import { authUnavailable, outsideBinding, unauthorized } from './refusals.js';
import { createRefreshed, type Refreshed } from './refreshed.js';
import { createSeenTokens } from './seen-tokens.js';
import { createTokenVerifier, type TokenRules } from './token-verifier.js';
import type { VerificationKey } from './verification-keys.js';

/** A secret that signs tokens with HS256. */
export interface TokenSecret {
  /** At least 32 bytes; as UTF-8 it is the key. */
  secret: string;
  /** What tokens call it; null: tried for every token. */
  kid: string | null;
}

/** Which tokens are taken. */
export interface TokenConfig extends TokenRules {
  /** The current one and the one before; none: no HS256. */
  secrets: readonly TokenSecret[];
  /** A file or an https URL of public keys; null: neither RS256 nor ES256. */
  keySet: string | null;
  /** Every token is good for one request, told by its `jti`. */
  singleUse: boolean;
  /** Whether a token may be bound to nothing, and so act for everybody. */
  unbound: boolean;
}

/** Who is let in. At least one of the two. */
export interface AuthConfig {
  tokens: TokenConfig | null;
  /** The file of API keys. */
  keysFile: string | null;
}

/** What an authenticator works with. */
export interface AuthPorts {
  /** Milliseconds since the epoch. */
  nowMs: () => number;
  /** Needed where tokens are good for one request. */
  uses: OneTimeUses;
  fetcher: typeof fetch;
  trouble: (error: unknown, what: string) => void;
}

/** An {@link Authenticator} whose keys are read beforehand. */
export interface OpenAuthenticator extends Authenticator {
  /** Reads every file and URL once. @throws what is wrong with a file; a URL that does not answer is told as trouble. */
  check(): Promise<void>;
  /** Why the keys of the file are those of before, which are good for an hour; null: they are those of the file. */
  keysTrouble(): Promise<string | null>;
}

/** Longer credentials are not looked at. */
export const TOKEN_LENGTH_MAX = 8_192;

const KEYS_BYTES_MAX = 1_048_576;
/** A key that is taken out of the file is good for so long, milliseconds. */
const KEYS_FRESH_MS = 5_000;
/** How long the keys of a file are good that cannot be read any more: who deletes it takes them back. */
const KEYS_STALE_MS_MAX = 3_600_000;

interface LoadedKeys extends FileText {
  keys: ApiKeys;
}

/** The keys of a file, read again when it changed; what cannot be read leaves the keys that were there for an hour. */
const keysOf = (path: string, { nowMs, trouble }: AuthPorts): Refreshed<LoadedKeys> =>
  createRefreshed<LoadedKeys>({
    async load(previous) {
      const read = await readChanged(path, KEYS_BYTES_MAX, previous);
      return read === previous ? previous : { ...read, keys: readKeys(read.text) };
    },
    freshMs: KEYS_FRESH_MS,
    staleMsMax: KEYS_STALE_MS_MAX,
    coolDownMs: KEYS_FRESH_MS,
    patienceMs: KEYS_FRESH_MS,
    nowMs,
    trouble: (error) => trouble(error, 'the file of API keys could not be read'),
  });

const SCHEME = /^Bearer +([!-~]+) *$/i;

function credentialOf(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw unauthorized('missing_authorization', 'The request has no header Authorization.');
  }
  if (authorization.length > TOKEN_LENGTH_MAX) {
    throw unauthorized(
      'invalid_token_format',
      `The credential is longer than ${TOKEN_LENGTH_MAX}.`,
    );
  }
  const credential = SCHEME.exec(authorization)?.[1];
  if (credential !== undefined) return credential;
  throw unauthorized(
    'invalid_authorization_scheme',
    'Expected "Authorization: Bearer <credential>".',
  );
}

/** A token is good until it expires or is too old, whichever comes first; skew included. */
function endOf({ exp, iat }: TokenClaims, { maxAgeSeconds, skewSeconds }: TokenRules): number {
  const oldest = iat === null || maxAgeSeconds === null ? exp : Math.min(exp, iat + maxAgeSeconds);
  return (oldest + skewSeconds) * 1_000;
}

/** Takes tokens as configured. */
function createTokenDoor(config: TokenConfig, ports: AuthPorts) {
  const secrets: VerificationKey[] = config.secrets.map(({ secret, kid }) => ({
    alg: 'HS256',
    kid,
    key: new TextEncoder().encode(secret),
  }));
  const set = config.keySet === null ? null : createKeySet(config.keySet, ports);
  const verify = createTokenVerifier(config, {
    async get(alg) {
      if (alg === 'HS256') return secrets;
      return set === null ? [] : (await set.get()).keys;
    },
    async again(alg) {
      if (alg === 'HS256') return secrets;
      return set === null ? [] : (await set.again()).keys;
    },
  });
  const seen = createSeenTokens();

  async function usedOnce({ caller, jti }: TokenClaims, untilMs: number): Promise<Caller> {
    if (jti === null)
      throw unauthorized('missing_jti', 'The token has no jti, which is needed here.');
    const id = hash('sha256', JSON.stringify([config.issuer, jti]), 'base64url');
    let isFirst: boolean;
    try {
      isFirst = await ports.uses.use(id, untilMs);
    } catch (error) {
      throw authUnavailable('It cannot be told whether the token was used before.', error);
    }
    if (isFirst) return caller;
    throw unauthorized('token_replayed', 'The token was used before and is good for one request.');
  }

  async function verified(token: string): Promise<Caller> {
    const generation = set?.generation ?? 0;
    const nowMs = ports.nowMs();
    const claims = await verify(token, nowMs);
    if (!config.unbound && isUnbound(claims.caller)) {
      throw outsideBinding(
        'binding_required',
        'The token is bound to nothing, which only API keys may be here.',
      );
    }
    const untilMs = endOf(claims, config);
    if (config.singleUse) return usedOnce(claims, untilMs);
    seen.remember(token, generation, claims, untilMs);
    return claims.caller;
  }

  const known = (token: string): Caller | undefined =>
    seen.find(token, set?.generation ?? 0, ports.nowMs())?.caller;

  /** A token that was seen is good only as long as its key is, so old keys are looked at first. */
  async function withFreshKeys(token: string, reading: Promise<unknown>): Promise<Caller> {
    const isFresh = await reading.then(
      () => true,
      () => false,
    );
    return (isFresh ? known(token) : undefined) ?? verified(token);
  }

  return {
    async check() {
      try {
        await set?.get();
      } catch (error) {
        if (config.keySet !== null && !isUrl(config.keySet)) throw error;
      }
    },
    authenticate(token: string): Caller | Promise<Caller> {
      if (config.singleUse) return verified(token);
      const reading = set?.get();
      if (reading instanceof Promise) return withFreshKeys(token, reading);
      return known(token) ?? verified(token);
    },
  };
}

/** Takes bearer tokens, API keys, or both. */
export function createAuthenticator(config: AuthConfig, ports: AuthPorts): OpenAuthenticator {
  const tokens = config.tokens === null ? null : createTokenDoor(config.tokens, ports);
  const keyFile = config.keysFile === null ? null : keysOf(config.keysFile, ports);

  async function callerOnceRead(reading: Promise<LoadedKeys>, key: string): Promise<Caller> {
    let loaded: LoadedKeys;
    try {
      loaded = await reading;
    } catch (error) {
      throw authUnavailable('The API keys cannot be read.', error);
    }
    return ofKey(loaded, key);
  }

  const ofKey = ({ keys }: LoadedKeys, key: string): Caller => {
    const caller = keys.callerOf(key);
    if (caller !== null) return caller;
    throw unauthorized('invalid_key', 'The API key is not known here.');
  };

  return {
    async check() {
      await keyFile?.get();
      await tokens?.check();
    },
    async keysTrouble() {
      if (keyFile === null || !(await keyFile.isFailing())) return null;
      return 'the file of API keys cannot be read; the keys it had are good for an hour';
    },
    authenticate(authorization) {
      const credential = credentialOf(authorization);
      if (credential.startsWith(KEY_PREFIX)) {
        if (keyFile === null) throw unauthorized('invalid_key', 'No API keys are taken here.');
        const loaded = keyFile.get();
        if (!(loaded instanceof Promise)) return ofKey(loaded, credential);
        return callerOnceRead(loaded, credential);
      }
      if (tokens === null) {
        throw unauthorized(
          'invalid_token_format',
          'Tokens are not taken here: expected an API key.',
        );
      }
      return tokens.authenticate(credential);
    },
  };
}
