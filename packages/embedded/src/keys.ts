/** Separates the parts of a key; sorts below everything a part may hold. */
const SEPARATOR = '\0';

/** Longest key that LMDB takes with pages of 4 KiB. */
const KEY_BYTES_MAX = 1978;

const NEEDS_ESCAPE = /[\0\x01]/;
const EVERY_ESCAPE = /[\0\x01]/g;

/** Frees a part from the separator and keeps the byte order of parts: 00 becomes 01 01, 01 becomes 01 02. */
const escapePart = (part: string): string =>
  NEEDS_ESCAPE.test(part)
    ? part.replace(EVERY_ESCAPE, (c) => (c === SEPARATOR ? '\x01\x01' : '\x01\x02'))
    : part;

const unescapePart = (part: string): string =>
  part.includes('\x01')
    ? part.replace(/\x01([\x01\x02])/g, (_, c: string) => (c === '\x01' ? SEPARATOR : '\x01'))
    : part;

/**
 * A key made of parts. Keys compare by bytes, part by part, and parts compare as their UTF-8 bytes do.
 * Throws a RangeError that names the first part when the key is longer than 1,978 bytes.
 */
export function keyOf(...parts: readonly string[]): Buffer {
  const key = Buffer.from(parts.map(escapePart).join(SEPARATOR));
  if (key.length > KEY_BYTES_MAX) {
    throw new RangeError(
      `key of ${key.length} bytes under ${parts[0] ?? ''}: at most ${KEY_BYTES_MAX} are possible, use shorter names`,
    );
  }
  return key;
}

/** Every key that continues the given parts by at least one more, lowest first; `end` is exclusive. */
export function keysBelow(...parts: readonly string[]): { start: Buffer; end: Buffer } {
  const prefix = parts.map(escapePart).join(SEPARATOR);
  return { start: Buffer.from(`${prefix}${SEPARATOR}`), end: Buffer.from(`${prefix}\x01`) };
}

/** The last part of a key. */
export function lastPartOf(key: Uint8Array): string {
  const at = key.lastIndexOf(0) + 1;
  return unescapePart(Buffer.from(key.buffer, key.byteOffset + at, key.length - at).toString());
}

const DIGITS = 11;
const RADIX = 36;

/** A safe integer as 12 characters that sort as the numbers do. */
export function sortable(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is not a safe integer: scores are whole numbers within 2^53-1`);
  }
  const shifted = value < 0 ? value + Number.MAX_SAFE_INTEGER : value;
  return (value < 0 ? '0' : '1') + shifted.toString(RADIX).padStart(DIGITS, '0');
}

/** The number that {@link sortable} made this text of. */
export function unsorted(text: string): number {
  const shifted = Number.parseInt(text.slice(1), RADIX);
  return text.startsWith('0') ? shifted - Number.MAX_SAFE_INTEGER : shifted;
}
