import type { RefoldResult } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { operationFinished, partitionFinished } from './operation-events.js';

const OPERATIONS = {
  name: 'operations',
  topic: 'p.operations',
  kinds: ['operation' as const],
  partitions: 4,
  generation: 1,
};

const RESULT: RefoldResult = {
  operation: 'o-1',
  partition: 3,
  outcome: 'done',
  streams: 2,
  replaced: 2,
  records: 5,
  tailRecords: 0,
  readRecords: 9,
  bytes: 100,
  readFrom: 0,
  to: 9,
  differences: [],
  drift: {},
  differing: 0,
  unrebuildable: 0,
  unrebuildableStreams: [],
};

const envelopeOf = (value: string) =>
  JSON.parse(value) as { id: string; data: { differences?: unknown[]; differing: number } };

describe('what is told of an operation', () => {
  it('of a partition is the same claim whenever it is told', () => {
    const { record: told } = partitionFinished(OPERATIONS, RESULT);
    expect(partitionFinished(OPERATIONS, { ...RESULT }).record).toEqual(told);
    expect(envelopeOf(told.value).id).toBe('partition-3');
    expect(told).toMatchObject({ topic: 'p.operations', key: 'o-1' });
  });

  it('lists what was found, and how much of each kind', () => {
    const one = { stream: 'run/a', kind: 'gap' as const, field: '/timeline/1' };
    const differences = [{ ...one, stored: '0', expected: '1' }];
    const drift = { gap: 2 };
    const result = { ...RESULT, differences, drift, differing: 2 };
    const { record } = partitionFinished(OPERATIONS, result);
    expect(envelopeOf(record.value).data).toMatchObject({ differing: 2, drift, differences });
  });

  it.each([
    [{}, 'done'],
    [{ canceled_partitions: 1, cancel_requested_at: 5 }, 'canceled'],
    // Nobody has asked for it: the rules take no other end.
    [{ canceled_partitions: 1 }, 'failed'],
    [{ canceled_partitions: 1, failed_partitions: 1, error: 'disk' }, 'failed'],
  ])('with %j at its end is %s', (members, outcome) => {
    const document = members as unknown as Parameters<typeof operationFinished>[2];
    const { record } = operationFinished(OPERATIONS, 'o-1', document);
    expect(JSON.parse(record.value)).toMatchObject({ id: 'finished', data: { outcome } });
  });
});
