import { importJWK, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';
import { readChanged, type FileText } from './read-changed.js';
import { createRefreshed, type Refreshed } from './refreshed.js';
import type { VerificationKey } from './verification-keys.js';

/** Most keys of a set, and most bytes of its text. */
const KEYS_MAX = 64;
const BYTES_MAX = 262_144;

/** How long a server may take to send its keys. */
const FETCH_MS_MAX = 5_000;

const MINUTE_MS = 60_000;
const FRESH = { url: 10 * MINUTE_MS, file: 5_000 };
/** How long keys are trusted whose server does not answer: so long may a withdrawn one still be. */
const STALE_MS_MAX = 60 * MINUTE_MS;
/** Tokens with unknown key IDs must not turn into requests to the server. */
const COOL_DOWN = { url: 30_000, file: 1_000 };

/** A server that hangs must not hold up requests whose keys are there; a file is waited for, so that a key is gone in time. */
const PATIENCE = { url: 250, file: FETCH_MS_MAX };

const RSA_BITS_MIN = 2_048;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(KEYS_MAX) });

type PublicKey = { alg: 'RS256' | 'ES256'; kid: string | null; key: CryptoKey };

function ownAlgorithm(kty: string | undefined, curve: string | undefined): PublicKey['alg'] | null {
  if (kty === 'RSA') return 'RS256';
  return kty === 'EC' && curve === 'P-256' ? 'ES256' : null;
}

function algorithmOf({ kty, crv, use, key_ops: ops, alg }: JWK): PublicKey['alg'] | null {
  if (use !== undefined && use !== 'sig') return null;
  if (ops !== undefined && !ops.includes('verify')) return null;
  const own = ownAlgorithm(kty, crv);
  return alg === undefined || alg === own ? own : null;
}

const isStrong = ({ algorithm }: CryptoKey): boolean =>
  !('modulusLength' in algorithm) || Number(algorithm.modulusLength) >= RSA_BITS_MIN;

async function importKey(jwk: JWK): Promise<PublicKey[]> {
  const alg = algorithmOf(jwk);
  if (alg === null) return [];
  if (jwk.d !== undefined) throw new Error('the key set holds a private key: expected public keys');
  const key = await importJWK(jwk, alg);
  if (key instanceof Uint8Array || !isStrong(key)) return [];
  return [{ alg, kid: jwk.kid ?? null, key }];
}

/**
 * The keys of a JWK set that verify RS256 or ES256; others (secrets, keys that encrypt, RSA below 2048
 * bits) are left out. @throws when the text is no JWK set, holds a private key, or no key is left.
 */
export async function readKeySet(text: string): Promise<VerificationKey[]> {
  const read = keySet.safeParse(JSON.parse(text));
  if (!read.success) throw new Error('the text is no JWK set: expected {"keys": [...]}');
  const keys = (await Promise.all(read.data.keys.map((jwk) => importKey(jwk as JWK)))).flat();
  if (keys.length === 0) throw new Error('the key set has no key for RS256 or ES256');
  return keys;
}

async function fetchText(url: string, fetcher: typeof fetch): Promise<string> {
  const reply = await fetcher(url, {
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(FETCH_MS_MAX),
  });
  if (!reply.ok || reply.body === null) throw new Error(`the key server answers ${reply.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reply.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) throw new Error(`the key server sends more than ${BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A key set and the text it was read from. */
interface LoadedSet extends FileText {
  keys: VerificationKey[];
}

/** What reading a key set needs. */
export interface KeySetPorts {
  nowMs: () => number;
  fetcher: typeof fetch;
  trouble: (error: unknown, what: string) => void;
}

/** Whether a key set is asked for over HTTP. */
export const isUrl = (place: string): boolean => /^https?:\/\//.test(place);

/**
 * The public keys of a file or an `https://` URL, read again when they are old (file: 5 s, URL: 10
 * minutes) or a token names a key they lack, at most every 1 s or 30 s. While the server is away the
 * keys it sent last are used for an hour; while it hangs, a request waits 250 ms for newer ones at most.
 */
export function createKeySet(place: string, ports: KeySetPorts): Refreshed<LoadedSet> {
  const kind = isUrl(place) ? 'url' : 'file';

  async function read(previous: LoadedSet | null): Promise<FileText> {
    if (kind === 'file') return readChanged(place, BYTES_MAX, previous);
    const text = await fetchText(place, ports.fetcher);
    return { text, mark: text };
  }

  return createRefreshed<LoadedSet>({
    async load(previous) {
      const { text, mark } = await read(previous);
      if (previous?.mark === mark) return previous;
      return { text, mark, keys: await readKeySet(text) };
    },
    freshMs: FRESH[kind],
    staleMsMax: STALE_MS_MAX,
    coolDownMs: COOL_DOWN[kind],
    patienceMs: PATIENCE[kind],
    nowMs: ports.nowMs,
    trouble: (error) => ports.trouble(error, 'the keys of tokens could not be read'),
  });
}
