import type { PartitionDiff } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { diffReplyOf } from './diff-reply.js';

const side = { generation: 1, next: 9, views: 'run@1', skips: 0, carrying: false };

const diffOf = (partition: number, more: Partial<PartitionDiff> = {}): PartitionDiff => ({
  partition,
  ...{ old: side, new: { ...side, generation: 2 } },
  ...{ streams: 900, added: 1, removed: 2, changed: 300, carried: 0 },
  ...{ unsettled: 0, unsettledStreams: [], hasManyParked: false },
  ...{ places: new Map([['/views/run/cost', 303]]), placesLeftOut: false },
  ...{ counters: [], countersLeftOut: 0 },
  samples: [
    { change: 'changed', partition, stream: `run/${partition}`, fields: [], fieldsLeftOut: 11 },
  ],
  differingVerdicts: 7,
  verdicts: [{ partition, stream: null, field: '/state/seq', old: '1', new: '2' }],
  ...more,
});

describe('a diff as it is told', () => {
  it('counts what its lists leave out', () => {
    const partitions = [diffOf(0), diffOf(1, { countersLeftOut: 5, placesLeftOut: true })];
    const told = diffReplyOf('runs', 2, partitions, 1);
    expect(told).toMatchObject({ changed: 600, samples_left_out: 604, differing_verdicts: 14 });
    expect([told.verdicts.length, told.verdicts_left_out]).toEqual([1, 13]);
    expect(told.samples.map((one) => one.fields_left_out)).toEqual([11, 11]);
    expect(told.partitions.map((one) => one.counters_left_out)).toEqual([0, 5]);
    expect(told.fields_left_out).toBe(true);
  });
});
