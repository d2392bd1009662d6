import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import {
  addToRuns,
  bucketName,
  bucketOf,
  bucketsOf,
  decodeBucket,
  encodeRuns,
  segmentOf,
} from './register.js';
import type { RegisterRun } from './register.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const identities = fc.string({
  unit: fc.constantFrom(...ALPHABET),
  minLength: 22,
  maxLength: 22,
});

describe('segmentOf', () => {
  it('holds twice as many sequence numbers in each segment', () => {
    const firsts = [1, 513, 1537, 3585, 7681];
    expect(firsts.map(segmentOf)).toEqual([0, 1, 2, 3, 4]);
    expect(firsts.slice(1).map((seq) => segmentOf(seq - 1))).toEqual([0, 1, 2, 3]);
    expect(segmentOf(2 ** 31)).toBe(18);
  });

  it('never goes back, so an entry stays where it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seq) => {
        expect(segmentOf(seq + 1) - segmentOf(seq)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('bucketsOf', () => {
  it('names the bucket an identity was written to, at every later length of the stream', () => {
    fc.assert(
      fc.property(
        identities,
        fc.integer({ min: 1, max: 3_000_000 }),
        fc.integer({ min: 0, max: 3_000_000 }),
        (identity, seq, grown) => {
          const written = bucketOf(segmentOf(seq), identity);
          expect(bucketsOf(seq + grown, identity)).toContain(written);
        },
      ),
    );
  });

  it('names none for a stream without events', () => {
    expect(bucketsOf(0, 'A'.repeat(22))).toEqual([]);
  });

  it('spreads a segment over all of its buckets', () => {
    const used = new Set(
      Array.from({ length: 4096 }, (_, n) =>
        bucketName(
          bucketOf(3, `${ALPHABET[n >> 6] ?? ''}${ALPHABET[n & 63] ?? ''}`.padEnd(22, 'A')),
        ),
      ),
    );
    expect([...used].sort()).toEqual(Array.from({ length: 8 }, (_, n) => `3.${n}`));
  });
});

describe('bucketName', () => {
  it('names segment and place', () => {
    expect([0, 1, 2, 3, 6, 7, 2 ** 19 - 2].map(bucketName)).toEqual([
      '0.0',
      '1.0',
      '1.1',
      '2.0',
      '2.3',
      '3.0',
      '18.262143',
    ]);
  });
});

describe('decodeBucket', () => {
  it('reads what commits have written, whatever the cuts', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 1e9 }), identities), {
      selector: ([, identity]) => identity,
      maxLength: 50,
    });
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 7 }), (all, cut) => {
        const elements: string[] = [];
        for (let at = 0; at < all.length; at += cut) {
          const runs: RegisterRun[] = [];
          for (const [seq, identity] of all.slice(at, at + cut)) addToRuns(runs, seq, identity);
          elements.push(encodeRuns(runs));
        }
        const ought = new Map(all.map(([seq, identity]) => [identity, seq]));
        expect(decodeBucket(elements)).toEqual(ought);
      }),
    );
  });

  it('writes contiguous numbers once', () => {
    const runs: RegisterRun[] = [];
    addToRuns(runs, 35, 'a'.repeat(22));
    addToRuns(runs, 36, 'b'.repeat(22));
    addToRuns(runs, 40, 'c'.repeat(22));
    expect(encodeRuns(runs)).toBe(`z:${'a'.repeat(22)}${'b'.repeat(22)},14:${'c'.repeat(22)}`);
  });
});
