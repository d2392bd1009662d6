import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { keyOf, keysBelow, lastPartOf, sortable, unsorted } from './keys.js';

const part = fc.string({ unit: 'binary', maxLength: 40 });
const score = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -3, max: 3 }));
const bytes = (text: string): Buffer => Buffer.from(text);

describe('keys', () => {
  it('give back their last part, whatever it holds', () => {
    fc.assert(fc.property(part, part, (a, b) => lastPartOf(keyOf(a, b)) === bytes(b).toString()));
  });

  it('of equal length sort as their parts do', () => {
    fc.assert(
      fc.property(part, part, part, part, (a, b, c, d) => {
        const byParts = Buffer.compare(bytes(a), bytes(c)) || Buffer.compare(bytes(b), bytes(d));
        return Math.sign(keyOf(a, b).compare(keyOf(c, d))) === Math.sign(byParts);
      }),
    );
  });

  it('below a prefix are exactly those that continue it', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const { start, end } = keysBelow(a);
        const within = (key: Buffer) => key.compare(start) >= 0 && key.compare(end) < 0;
        const same = bytes(a).equals(bytes(c));
        return within(keyOf(a, b)) && !within(keyOf(a)) && within(keyOf(c, b)) === same;
      }),
    );
  });

  it('refuse what LMDB could not store, naming where', () => {
    expect(() => keyOf('{runs.g1.p0}', 'x'.repeat(2000))).toThrow(/\{runs\.g1\.p0\}.*1978/);
  });
});

describe('sortable', () => {
  it('sorts as the numbers do and gives them back', () => {
    fc.assert(
      fc.property(score, score, (a, b) => {
        const [x, y] = [sortable(a), sortable(b)];
        expect(unsorted(x)).toBe(a);
        expect(x < y).toBe(a < b);
      }),
    );
    expect(unsorted(sortable(Number.MIN_SAFE_INTEGER))).toBe(Number.MIN_SAFE_INTEGER);
  });

  it('refuses fractions and what is beyond the safe integers', () => {
    expect(() => sortable(0.5)).toThrow(RangeError);
    expect(() => sortable(2 ** 53)).toThrow(RangeError);
  });
});
