import { describe, expect, it } from 'vitest';
import { MODES, resultsOf, sittingsOf, turnsOf } from './write-turns.js';
import type { TurnResult } from './write-turns.js';

describe('the turns of a round', () => {
  it('are the same in every round, and run the other way in every other one', () => {
    expect(turnsOf(1)).toEqual(turnsOf(0).reverse());
    expect(turnsOf(2)).toEqual(turnsOf(0));
  });

  it('hold bare, 201 and 202 at every concurrency, the senders only at the highest', () => {
    const told = turnsOf(0).map(({ mode, concurrency }) => `${mode}@${concurrency}`);
    for (const concurrency of [1, 10, 100]) {
      for (const mode of ['bare', '201', '202']) expect(told).toContain(`${mode}@${concurrency}`);
    }
    for (const mode of MODES) expect(told).toContain(`${mode}@100`);
    expect(told).toHaveLength(11);
    expect(told).not.toContain('plain@1');
  });
});

it('every round has its place in one sitting', () => {
  expect(sittingsOf(9)).toEqual([[0, 1, 2], [3, 4, 5], [6, 7, 8]]); // prettier-ignore
  expect(sittingsOf(5)).toEqual([[0], [1, 2], [3, 4]]);
  expect(sittingsOf(1)).toEqual([[0]]);
});

describe('results', () => {
  it('of a mode come in the order of the rounds, so that they pair', () => {
    const load = { requests: 1, perSecond: 0, meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 };
    const results = [0, 1, 2].flatMap((round) =>
      turnsOf(round).map((turn): TurnResult => ({
        ...turn,
        load: { ...load, perSecond: round },
        hops: null,
      })),
    );
    const rates = (mode: 'bare' | '201') =>
      resultsOf(results, mode, 100).map((result) => result.load.perSecond);
    expect(rates('bare')).toEqual([0, 1, 2]);
    expect(rates('201')).toEqual([0, 1, 2]);
  });
});
