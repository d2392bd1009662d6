import type { DiffReply, OperationWithPlanReply } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { writeDiff } from './generation-text.js';
import { writeOperation } from './operation-text.js';

const plan = {
  ...{ verb: 'verify', projection: 'runs', eta_seconds: 1, not_folded: [], partitions: [] },
  ...{ unrebuildable: 0, left_out: 0, lost: 0, held_verdicts: 0, held_dead_letters: 0 },
};

const operation = (found: Partial<OperationWithPlanReply>): OperationWithPlanReply =>
  ({
    operation_id: 'op-1',
    planned: { partitions: 1, records: 1, streams: 1 },
    result: { still_parked: 0, refused: 0, records: 1, replaced: 0, differing: 9 },
    ...{ finished_partitions: [0], failed_partitions: 0, canceled_partitions: 0 },
    ...{ planned_at: 'today', approved_at: null, started_at: null, finished_at: null },
    ...{ planned_by: null, cancel_requested_at: null, error: null, progress: null },
    plan: { ...plan, arguments: { target: 'to-earliest' }, streams: 1, records: 1 },
    ...found,
  }) as unknown as OperationWithPlanReply;

const gap = { partition: 0, stream: 'run/a', kind: 'gap', field: '/timeline/2' } as const;
const difference = { ...gap, stored: null, expected: null };

const count = { streams: 3, added: 0, removed: 0, changed: 3, carried: 0, unsettled: 0 };
const change = { field: '/views/run/cost', old: null, new: '1' };
const diff: DiffReply = {
  ...{ projection: 'runs', generation: 2, digest: 'd', refusals: [] },
  ...{ ...count, differing_verdicts: 4 },
  ...{ fields: [{ field: '/views/run/cost', streams: 3 }], fields_left_out: false },
  partitions: [
    {
      partition: 0,
      ...{ old: {} as never, new: {} as never, ...count, differing_verdicts: 4 },
      ...{ counters: [{ counter: 'seen', old: 1, new: 2 }], counters_left_out: 0 },
      unsettled_streams: [],
    },
  ],
  samples: [
    { change: 'changed', partition: 0, stream: 'run/a', fields: [change], fields_left_out: 0 },
  ],
  samples_left_out: 0,
  verdicts: [{ partition: 0, stream: null, field: '/state/seq', old: '1', new: '2' }],
  verdicts_left_out: 0,
};

describe('what a list of differences leaves out', () => {
  it('is said below those that are listed', () => {
    const text = writeOperation(
      operation({
        differences: [difference],
        differences_left_out: 1_234,
        drift: { gap: 1_235 },
      }),
    );
    expect(text).toContain('Differences: 1,235 gap\n');
    expect(text).toContain('\n1,234 more differences are not listed.\n');
  });

  it('is said where none is listed, too', () => {
    const found = { differences: [], differences_left_out: 5, drift: { gap: 5 } };
    const text = writeOperation(operation(found));
    expect(text).toContain('Differences: 5 gap\n5 more differences are not listed.\n');
  });

  it('is not spoken of where nothing is left out', () => {
    const found = { differences: [difference], differences_left_out: 0, drift: { gap: 1 } };
    expect(writeOperation(operation(found))).not.toContain('more');
    expect(writeDiff(diff)).not.toContain('more');
  });

  it('is said of every list of a diff', () => {
    const [partition] = diff.partitions;
    const [sample] = diff.samples;
    if (partition === undefined || sample === undefined) throw new Error('expected one of each');
    const text = writeDiff({
      ...diff,
      fields_left_out: true,
      partitions: [{ ...partition, counters_left_out: 2 }],
      samples: [{ ...sample, fields_left_out: 6 }],
      samples_left_out: 2_000,
      verdicts_left_out: 3,
    });
    for (const line of [
      'More kinds of fields differ than are listed.',
      '2,000 more streams differ: --samples shows more of them, up to 1,000.',
      '2 more counters differ and are not listed.',
      '3 more verdicts differ: --samples shows more of them, up to 1,000.',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
    expect(text).toMatch(/run\/a +changed +6 more fields +- +-\n/);
  });
});
