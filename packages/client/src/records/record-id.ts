const RANDOM_BYTES = 10;

/** Fills an array with random bytes and returns it, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;

const hexOf = (byte: number): string => byte.toString(16).padStart(2, '0');

/** A UUIDv7 (RFC 9562): 48 bits of milliseconds since the epoch, 74 random bits. */
export function uuidV7(nowMs: number, fillRandom: FillRandom): string {
  const random = fillRandom(new Uint8Array(RANDOM_BYTES));
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70;
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80;
  const time = nowMs.toString(16).padStart(12, '0');
  const rest = Array.from(random, hexOf).join('');
  return [time.slice(0, 8), time.slice(8), rest.slice(0, 4), rest.slice(4, 8), rest.slice(8)].join(
    '-',
  );
}
