import { describe, expect, it } from 'vitest';
import { DIFFERENCES_LENGTH_MAX, DIFFERENCES_MAX } from './refold-task.js';
import { Tally } from './tally.js';

const tallyOf = () =>
  new Tally({ operation: 'o', effect: 'compare', select: { kind: 'all', to: 9 } });

describe('the result of a task', () => {
  it('is bounded, however many differences there are and whatever they hold', () => {
    const tally = tallyOf();
    for (let n = 0; n < 2_000; n++) {
      tally.differs({
        stream: `run/${String(n).padEnd(128, 'x')}`,
        kind: n % 2 === 0 ? 'hash_mismatch' : 'gap',
        field: `/${'é'.repeat(9_000)}`,
        stored: '€'.repeat(9_000),
        expected: '€'.repeat(9_000),
      });
      tally.excludes(`run/${String(n).padEnd(128, 'y')}`);
    }
    const result = tally.result(0, 'failed', 'x'.repeat(99_999));
    expect(JSON.stringify(result.differences).length).toBeLessThan(DIFFERENCES_LENGTH_MAX + 1_000);
    expect(JSON.stringify(result).length).toBeLessThan(90_000);
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(262_144);
    expect(result).toMatchObject({ differing: 2_000, unrebuildable: 2_000 });
    expect(result.drift).toEqual({ hash_mismatch: 1_000, gap: 1_000 });
    expect(result.differences.length).toBeGreaterThan(50);
  });

  it('lists so many small ones and no more', () => {
    const tally = tallyOf();
    const one = { kind: 'gap' as const, field: '', stored: null, expected: null };
    for (let n = 0; n < 2_000; n++) tally.differs({ stream: null, ...one });
    expect(tally.result(0, 'done').differences.length).toBeLessThanOrEqual(DIFFERENCES_MAX);
  });
});
