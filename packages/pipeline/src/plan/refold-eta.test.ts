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

const PARTITIONS = [planned(0, 1_000), planned(1, 1_000), planned(2, 2_000)];
const PLAN = { partitions: PARTITIONS, etaSeconds: null, isNamed: false };

describe('how long an operation still takes', () => {
  it('is what the slowest partition needs at its own pace', () => {
    const all = operationProgress(PLAN, [0], said([1, 500, 1_000], [2, 500, 1_000]));
    expect(all.partitions.map(({ etaSeconds }) => etaSeconds)).toEqual([1, 3]);
    expect(all).toMatchObject({ done: 0.5, etaSeconds: 3 });
  });

  it('is what the plan says while nothing is done, and less and less of that', () => {
    const plan = { ...PLAN, partitions: [planned(0, 1_000)], etaSeconds: 10 };
    const left = (readRecords: number) =>
      operationProgress(plan, [], said([0, readRecords, 1_000])).etaSeconds;
    expect(operationProgress(plan, [], said()).etaSeconds).toBe(10);
    expect(left(0)).toBe(10);
    // An eighth is done in a second: by that it takes 7 s, by the plan 8.75 s.
    expect(left(125)).toBeCloseTo((7 + 8.75) / 2);
    expect(left(250)).toBeCloseTo(3);
    expect(left(500)).toBeCloseTo(1);
  });

  it('is told of a larger partition as of one that takes longer than all together', () => {
    const all = operationProgress({ ...PLAN, etaSeconds: 8 }, [], said());
    expect(all.partitions.map(({ etaSeconds }) => etaSeconds)).toEqual([6, 6, 12]);
  });

  it('is what all of them need together where they are worked off in turn', () => {
    const turns = { ...PLAN, etaSeconds: 8, isInTurn: true };
    const begun = operationProgress(turns, [], said());
    expect(begun.partitions.map(({ etaSeconds }) => etaSeconds)).toEqual([2, 2, 4]);
    expect(begun.etaSeconds).toBe(8);
    // The first is done, the second goes on with 500 a second, and the third waits for it.
    const second = said([1, 500, 1_000]);
    expect(operationProgress(turns, [0], second)).toMatchObject({ done: 0.375, etaSeconds: 5 });
    // Another process has the third one.
    const both = said([1, 500, 1_000], [2, 500, 1_000]);
    expect(operationProgress(turns, [0], both)).toMatchObject({ done: 0.5, etaSeconds: 2 });
    expect(operationProgress(turns, [0, 1, 2], said()).etaSeconds).toBe(0);
    const stuck = new Map([[1, notBegun('o', 'the partition stands still')]]);
    expect(operationProgress(turns, [0], stuck).etaSeconds).toBeNull();
  });

  it('is unknown while nobody has done anything and the plan does not say it', () => {
    expect(operationProgress(PLAN, [], said())).toMatchObject({ etaSeconds: null, done: 0 });
  });

  it('is unknown as long as a partition stands still', () => {
    const progress = new Map([[0, notBegun('o', 'the partition stands still')]]);
    const all = operationProgress({ ...PLAN, etaSeconds: 8 }, [1], progress);
    expect(all.partitions.map(({ etaSeconds }) => etaSeconds)).toEqual([null, 12]);
    expect(all.etaSeconds).toBeNull();
  });

  it('is nothing once every partition is finished', () => {
    const all = operationProgress(PLAN, [0, 1, 2], said());
    expect(all).toEqual({ done: 1, etaSeconds: 0, partitions: [] });
  });

  it('is nothing for a partition whose result is on its way', () => {
    const progress = new Map([[0, { ...notBegun('o'), phase: 'finished' as const }]]);
    const all = operationProgress({ ...PLAN, partitions: [planned(0, 100)] }, [], progress);
    expect(all).toMatchObject({ done: 1, etaSeconds: 0, partitions: [{ done: 1 }] });
  });

  it('counts streams that are replaced, and what is read to find them unless they are named', () => {
    const plan = { ...PLAN, partitions: [{ ...planned(0, 100), to: 1_000, streams: 10 }] };
    const progress = new Map([[0, { ...notBegun('o'), scanned: 1_000, elapsedMs: 1_000 }]]);
    const found = operationProgress(plan, [], progress).done;
    expect(found).toBeGreaterThan(0.5);
    expect(found).toBeLessThan(1);
    const named = operationProgress({ ...plan, isNamed: true }, [], progress).done;
    expect(named).toBeGreaterThan(found);
  });
});
