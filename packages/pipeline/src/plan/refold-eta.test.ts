import { describe, expect, it } from 'vitest';
import { notBegun } from '../refold/refold-task.js';
import type { RefoldProgress } from '../refold/refold-task.js';
import { operationProgress } from './refold-eta.js';

const planned = (partition: number, records: number) => ({
  partition,
  from: 0,
  to: 0,
  log_start: 0,
  streams: 0,
  read_records: records,
});

const said = (...all: [partition: number, readRecords: number, elapsedMs: number][]) =>
  new Map(
    all.map(([partition, readRecords, elapsedMs]): [number, RefoldProgress] => [
      partition,
      { ...notBegun('o'), phase: 'folding', readRecords, elapsedMs },
    ]),
  );

const PLAN = [planned(0, 1_000), planned(1, 1_000), planned(2, 2_000)];

describe('how long an operation still takes', () => {
  it('is what the slowest partition needs at its own pace', () => {
    const all = operationProgress(PLAN, [0], said([1, 500, 1_000], [2, 500, 1_000]), false);
    expect(all.partitions.map(({ etaSeconds }) => etaSeconds)).toEqual([1, 3]);
    expect(all).toMatchObject({ done: 0.5, etaSeconds: 3 });
  });

  it('is told of a partition that did not begin by the pace of the others', () => {
    const all = operationProgress(PLAN, [0], said([1, 500, 1_000]), false);
    expect(all.partitions).toMatchObject([
      { partition: 1, etaSeconds: 1 },
      { partition: 2, progress: null, done: 0, etaSeconds: 4 },
    ]);
  });

  it('is unknown while nobody has done anything, or too little to tell', () => {
    expect(operationProgress(PLAN, [], said(), false)).toMatchObject({ etaSeconds: null, done: 0 });
    expect(operationProgress(PLAN, [], said([1, 5, 10]), false).etaSeconds).toBeNull();
  });

  it('is nothing once every partition is finished', () => {
    const all = operationProgress(PLAN, [0, 1, 2], said(), false);
    expect(all).toEqual({ done: 1, etaSeconds: 0, partitions: [] });
  });

  it('is nothing for a partition whose result is on its way', () => {
    const progress = new Map([[0, { ...notBegun('o'), phase: 'finished' as const }]]);
    const all = operationProgress([planned(0, 100)], [], progress, false);
    expect(all).toMatchObject({ done: 1, etaSeconds: 0, partitions: [{ done: 1 }] });
  });

  it('counts streams that are replaced, and what is read to find them unless they are named', () => {
    const one = { ...planned(0, 100), to: 1_000, streams: 10 };
    const progress = new Map([[0, { ...notBegun('o'), scanned: 1_000, elapsedMs: 1_000 }]]);
    const found = operationProgress([one], [], progress, false).done;
    expect(found).toBeGreaterThan(0.5);
    expect(found).toBeLessThan(1);
    expect(operationProgress([one], [], new Map(), true).partitions[0]?.done).toBe(0);
  });
});
