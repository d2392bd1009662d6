/** Random bytes that a UUIDv7 is made of: 74 of their 80 bits are used. */
export const UUID_RANDOM_BYTES = 10;

/** Two hex digits of every byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The UUIDv7 (RFC 9562) of a time in milliseconds since the epoch and of {@link UUID_RANDOM_BYTES}. @throws RangeError */
export function uuidV7Of(nowMs: number, random: Uint8Array): string {
  if (random.length !== UUID_RANDOM_BYTES) {
    throw new RangeError(`expected ${UUID_RANDOM_BYTES} random bytes, got ${random.length}`);
  }
  const hex = (at: number, kept = 0xff, set = 0): string =>
    HEX[((random[at] ?? 0) & kept) | set] ?? '';
  const time = nowMs.toString(16).padStart(12, '0');
  const version = hex(0, 0x0f, 0x70) + hex(1);
  const variant = hex(2, 0x3f, 0x80) + hex(3);
  const rest = hex(4) + hex(5) + hex(6) + hex(7) + hex(8) + hex(9);
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${rest}`;
}
