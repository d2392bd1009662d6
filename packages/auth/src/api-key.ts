import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SCOPES, type Scope } from '@refold/contracts';
import { z } from 'zod';
import { bindingMembers, bindingsOf, type BindingMembers } from './bindings.js';
import type { Caller } from './caller.js';

/** What every key begins with, so that scanners for secrets can tell one. */
export const KEY_PREFIX = 'rfk_';

/** No underscore, which ends the name in a key. */
export const KEY_NAME = {
  pattern: /^[a-z0-9][a-z0-9.-]{0,63}$/,
  expected: '1-64 characters of a-z 0-9 . -',
};

/** 256 bits: a hash of it needs no salt, and nobody guesses it. */
const SECRET_BYTES = 32;

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();

const keyLine = z.strictObject({
  name: z.string().regex(KEY_NAME.pattern, { error: `expected ${KEY_NAME.expected}` }),
  scopes: z.array(z.enum(SCOPES)).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 hex digits' }),
  ...bindingMembers,
});

/** A new key: told once; the line is what is stored. */
export interface NewKey {
  key: string;
  /** One line of the file of keys, without its line end. */
  line: string;
}

/** Makes a key. @param random Bytes that nobody can guess. */
export function createKey(
  name: string,
  scopes: readonly Scope[],
  bindings: BindingMembers = {},
  random: (bytes: number) => Buffer = randomBytes,
): NewKey {
  const key = `${KEY_PREFIX}${name}_${random(SECRET_BYTES).toString('base64url')}`;
  const stored = keyLine.parse({
    name,
    scopes,
    sha256: digestOf(key).toString('hex'),
    ...bindings,
  });
  return { key, line: JSON.stringify(stored) };
}

/** Keys as a file lists them. */
export interface ApiKeys {
  /** The caller behind a key; null for a key that is not listed. */
  callerOf(key: string): Caller | null;
}

/** Compared with where a name is unknown, so that names cannot be told by time. */
const NOBODY = Buffer.alloc(SECRET_BYTES);

/**
 * Reads the file of keys: a JSON object a line; blank lines and lines that begin with # are passed
 * over. A name may stand twice: both keys are good while one replaces the other.
 * @throws Error that names the line, and nothing of its content.
 */
export function readKeys(text: string): ApiKeys {
  const known = new Map<string, { digest: Buffer; caller: Caller }[]>();
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '' || line.trimStart().startsWith('#')) return;
    const { name, scopes, sha256, ...bindings } = readLine(line, index + 1);
    const caller: Caller = {
      principal: `key:${name}`,
      scopes: new Set(scopes),
      bindings: bindingsOf(bindings),
    };
    const entry = { digest: Buffer.from(sha256, 'hex'), caller };
    known.set(name, [...(known.get(name) ?? []), entry]);
  });
  return {
    callerOf(key) {
      const end = key.indexOf('_', KEY_PREFIX.length);
      const entries = known.get(key.slice(KEY_PREFIX.length, end)) ?? [];
      const digest = digestOf(key);
      let found: Caller | null = null;
      for (const entry of entries) {
        if (timingSafeEqual(digest, entry.digest)) found = entry.caller;
      }
      if (entries.length === 0) timingSafeEqual(digest, NOBODY);
      return found;
    },
  };
}

function readLine(line: string, number: number): z.output<typeof keyLine> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(
      `line ${number} is not JSON: expected the line that \`refold keys create\` printed`,
    );
  }
  const read = keyLine.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(`line ${number}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}
