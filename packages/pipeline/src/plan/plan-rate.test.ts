import { describe, expect, it } from 'vitest';
import { recordsPerSecond, secondsOf } from './plan-rate.js';
import type { MeasuredOperation, Undertaking } from './plan-rate.js';
import { NO_TRAFFIC } from './traffic.fixture.js';

/** So many records in each partition, all of them folded. */
const undertaking = (records: number[], share = 0.5): Undertaking => ({
  partitions: records.map((read, partition) => ({
    partition,
    ...{ from: 0, to: 0, log_start: 0, streams: 0 },
    ...{ records: read, read_records: read },
  })),
  isNamed: true,
  share,
});

const measured = (records: number[], seconds: number, share = 0.5): MeasuredOperation => ({
  ...undertaking(records, share),
  seconds,
  traffic: NO_TRAFFIC,
});

/** So many records a second come into four partitions. */
const traffic = (all: number) => ({ all, each: all / 4 });

describe('how long a plan takes', () => {
  it('is not guessed where nothing was measured', () => {
    expect(secondsOf(undertaking([1_000]), [])).toBeNull();
    expect(recordsPerSecond(1_000, null)).toBeNull();
  });

  it('is nothing where nothing is done, and a moment for what any owner does in one', () => {
    expect(secondsOf(undertaking([]), [])).toBe(0);
    expect(secondsOf(undertaking([0, 0]), [])).toBe(0);
    expect(recordsPerSecond(0, 0)).toBeNull();
    expect(secondsOf(undertaking([0, 250]), [])).toBe(1);
    expect(secondsOf(undertaking([0, 251]), [])).toBeNull();
  });

  it('is what an operation like it took, by the largest partition of each', () => {
    // 1,000 records a second in the largest partition, and a second to begin and end.
    const before = measured([10_000, 2_000], 11);
    expect(secondsOf(undertaking([3_000, 5_000]), [before])).toBeCloseTo(6);
    expect(recordsPerSecond(8_000, 4)).toBe(2_000);
  });

  it('follows the share where no partition had to wait for another one', () => {
    const before = measured([1_000, 1_000, 1_000, 1_000], 11, 0.1);
    const next = undertaking([1_000, 1_000, 1_000, 1_000], 0.025);
    expect(secondsOf(next, [before])).toBeCloseTo(41);
    expect(secondsOf({ ...next, share: 0.125 }, [before])).toBeCloseTo(9);
    expect(secondsOf(undertaking([1_000], 0.5), [measured([1_000], 11, 0.1)])).toBeCloseTo(3);
  });

  it('is not known by a share at which partitions may or may not have waited for each other', () => {
    const four = [1_000, 1_000, 1_000, 1_000];
    const before = measured(four, 11, 0.5);
    expect(secondsOf(undertaking(four, 1), [before])).toBeNull();
    expect(secondsOf(undertaking([1_000], 0.5), [before])).toBeNull();
    // Between 0.8 and 1 times as long: in the middle.
    expect(secondsOf(undertaking(four, 0.625), [before])).toBeCloseTo(1 + 10 * Math.sqrt(0.8));
  });

  it('is told by those that are most alike, the one in the middle of the newest three', () => {
    const four = [1_000, 1_000, 1_000, 1_000];
    const unlike = measured(four, 3, 0.4);
    const next = undertaking(four);
    const alike = [11, 3, 6, 21].map((seconds) => measured(four, seconds));
    expect(secondsOf(next, [unlike, ...alike])).toBeCloseTo(6);
    expect(secondsOf(next, alike.slice(0, 1))).toBeCloseTo(11);
    // 100 and 500 records a second: 300.
    expect(secondsOf(next, alike.slice(0, 2))).toBeCloseTo(1 + 1_000 / 300);
  });

  describe('beside live traffic', () => {
    const four = [10_000, 10_000, 10_000, 10_000];
    /** 1,000 records a second in each partition. */
    const took = (seconds: number, then: number, now: number, share = 1): MeasuredOperation => ({
      ...measured(four, seconds, share),
      traffic: { then: traffic(then), now: traffic(now) },
    });

    it('is that of an operation with the same traffic', () => {
      expect(secondsOf(undertaking(four, 1), [took(11, 400, 400)])).toBeCloseTo(11);
    });

    it('grows with what comes in, and with what folding that takes from the rest', () => {
      // Of 4,000 a second: 200 come in, and folding them live takes what 400 to 800 take.
      const speed = Math.sqrt((4_000 - 600) * (4_000 - 1_000));
      expect(secondsOf(undertaking(four, 1), [took(11, 0, 200)])).toBeCloseTo(1 + 40_000 / speed);
    });

    it('shrinks where nothing comes in any more', () => {
      const speed = Math.sqrt((4_000 + 600) * (4_000 + 1_000));
      expect(secondsOf(undertaking(four, 1), [took(11, 200, 0)])).toBeCloseTo(1 + 40_000 / speed);
    });

    it('is in the middle where live folding may or may not have waited', () => {
      const least = 4_000 - 4 * 200 - 200;
      const speed = Math.sqrt(least * (4_000 - 200));
      const before = took(11, 0, 200, 0.5);
      expect(secondsOf(undertaking(four, 0.5), [before])).toBeCloseTo(1 + 40_000 / speed);
    });

    it('loses to live folding by its part of the time alone', () => {
      // A hundredth for each of four partitions.
      const least = 4_000 - 4 * 200 * 0.04 - 200;
      const speed = Math.sqrt(least * (4_000 - 200));
      const before = took(11, 0, 200, 0.01);
      expect(secondsOf(undertaking(four, 0.01), [before])).toBeCloseTo(1 + 40_000 / speed);
    });

    it('is not known where more comes in than can be folded, or may', () => {
      expect(secondsOf(undertaking(four, 1), [took(11, 0, 1_000)])).toBeNull();
      expect(secondsOf(undertaking(four, 0.5), [took(11, 0, 700, 0.5)])).toBeNull();
    });

    it('is told by an older one with the same traffic rather than by the newest', () => {
      const all = [took(11, 0, 200), took(21, 200, 200)];
      expect(secondsOf(undertaking(four, 1), all)).toBeCloseTo(21);
      const nearly = [took(21, 190, 200), took(21, 200, 200)];
      expect(secondsOf(undertaking(four, 1), nearly)).toBeCloseTo(21.1, 0);
    });
  });

  it('is not that of an operation which read past most of its records, nor the other way round', () => {
    const folding = measured([1_000], 11);
    const passing = {
      ...folding,
      partitions: folding.partitions.map((one) => ({ ...one, records: 100 })),
    };
    expect(secondsOf(undertaking([1_000]), [passing])).toBeNull();
    expect(secondsOf(passing, [folding])).toBeNull();
    expect(secondsOf(passing, [folding, passing])).toBeCloseTo(11);
  });
});
