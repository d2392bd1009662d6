/** Random bytes that a UUIDv7 is made of: 74 of their 80 bits are used. */
export const UUID_RANDOM_BYTES = 10;

const hexOf = (byte: number): string => byte.toString(16).padStart(2, '0');

/** The UUIDv7 (RFC 9562) of a time in milliseconds since the epoch and of {@link UUID_RANDOM_BYTES}. @throws RangeError */
export function uuidV7Of(nowMs: number, random: Uint8Array): string {
  if (random.length !== UUID_RANDOM_BYTES) {
    throw new RangeError(`expected ${UUID_RANDOM_BYTES} random bytes, got ${random.length}`);
  }
  const bytes = Uint8Array.from(random);
  bytes[0] = ((bytes[0] ?? 0) & 0x0f) | 0x70;
  bytes[2] = ((bytes[2] ?? 0) & 0x3f) | 0x80;
  const time = nowMs.toString(16).padStart(12, '0');
  const rest = Array.from(bytes, hexOf).join('');
  return [time.slice(0, 8), time.slice(8), rest.slice(0, 4), rest.slice(4, 8), rest.slice(8)].join(
    '-',
  );
}
