import { expect, it } from 'vitest';
import { DiffTally } from './diff-tally.js';
import { COUNTERS_MAX } from './generation-diff.js';

const SIDE = {
  side: () => ({ generation: 1, next: 1, views: '', skips: 0, carrying: false }),
};

it('counters that are not listed are counted', () => {
  const tally = new DiffTally(0, 20);
  const counts = Array.from({ length: COUNTERS_MAX + 7 }, (_, n) => [`c${n}`, 1] as const);
  tally.counts(new Map(), new Map(counts));
  const { counters, countersLeftOut } = tally.done(SIDE, SIDE);
  expect([counters.length, countersLeftOut]).toEqual([COUNTERS_MAX, 7]);
});
