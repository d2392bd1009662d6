import { z } from 'zod';
import { isName, NAME_EXPECTED, TRIMMED_NAME } from '../names.js';

/** Longest key, in UTF-16 units. */
export const IDEMPOTENCY_KEY_MAX = 255;

/** The key in a body, a name: trimmed; blank, null and absent mean that there is none. */
export const idempotencyKeySchema = z
  .string()
  .max(IDEMPOTENCY_KEY_MAX)
  .trim()
  .refine(isName, NAME_EXPECTED)
  .meta({ pattern: TRIMMED_NAME })
  .nullish()
  .transform((key) => (key === '' || key === null ? undefined : key));

/** A key, or what was expected instead. */
export type IdempotencyKeyHeader = { key: string | null } | { expected: string };

const EXPECTED = `1-${IDEMPOTENCY_KEY_MAX} printable ASCII characters, bare or as a quoted string`;

/** What {@link parseIdempotencyKey} accepts, as one expression over the header without outer blanks. */
export const IDEMPOTENCY_KEY_HEADER =
  /^(?:"(?:[ !#-[\]-~]|\\["\\]){1,255}"|[!#-~](?:[ -~]{0,253}[!-~])?)$/;

const PRINTABLE = /^[\x20-\x7e]+$/;
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

/**
 * Reads the Idempotency-Key header, bare or as a structured-field string: `abc` and `"abc"` are the
 * same key. Absent: null.
 */
export function parseIdempotencyKey(header: string | undefined): IdempotencyKeyHeader {
  if (header === undefined) return { key: null };
  const text = header.trim();
  const quoted = QUOTED.exec(text);
  if (quoted === null && text.startsWith('"')) return { expected: EXPECTED };
  const key = quoted === null ? text : (quoted[1] ?? '').replaceAll(/\\(.)/g, '$1');
  if (key.length > IDEMPOTENCY_KEY_MAX || !PRINTABLE.test(key)) return { expected: EXPECTED };
  return { key };
}
