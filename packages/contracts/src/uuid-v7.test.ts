import { describe, expect, it } from 'vitest';
import { UUID_RANDOM_BYTES, uuidV7Of } from './uuid-v7.js';

describe('a UUIDv7', () => {
  it('is the example of RFC 9562, whatever stands in the bits of version and variant', () => {
    const random = [0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f];
    for (const [first, third] of [
      [0x0c, 0x18],
      [0xfc, 0xd8],
    ] as const) {
      const bytes = Uint8Array.from(random.with(0, first).with(2, third));
      expect(uuidV7Of(0x017f22e279b0, bytes)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
    }
  });

  it('has its zeros, and leaves the bytes as they were', () => {
    const bytes = new Uint8Array(UUID_RANDOM_BYTES);
    expect(uuidV7Of(0, bytes)).toBe('00000000-0000-7000-8000-000000000000');
    expect([...bytes]).toEqual(Array(UUID_RANDOM_BYTES).fill(0));
  });

  it.each([0, 9, 11])('is not made of %i bytes', (length) => {
    expect(() => uuidV7Of(0, new Uint8Array(length))).toThrow('expected 10 random bytes');
  });
});
