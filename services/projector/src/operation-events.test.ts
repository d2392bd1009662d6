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
  differing: 0,
  unrebuildable: 0,
  unrebuildableStreams: [],
};

const envelopeOf = (value: string) =>
  JSON.parse(value) as { id: string; data: { differences?: unknown[]; differing: number } };

describe('what is told of an operation', () => {
  it('of a partition is the same claim whenever it is told', () => {
    const told = partitionFinished(OPERATIONS, RESULT);
    expect(partitionFinished(OPERATIONS, { ...RESULT })).toEqual(told);
    expect(envelopeOf(told.value).id).toBe('partition-3');
    expect(told).toMatchObject({ topic: 'p.operations', key: 'o-1' });
  });

  it('fits into a record, however many differences there are and whatever they hold', () => {
    const one = {
      stream: `run/${'x'.repeat(128)}`,
      kind: 'hash_mismatch' as const,
      field: '/'.padEnd(200, 'é'),
      stored: '€'.repeat(200),
      expected: '€'.repeat(200),
    };
    const differences = Array.from({ length: 1_000 }, () => one);
    const { value } = partitionFinished(OPERATIONS, { ...RESULT, differences, differing: 1_000 });
    expect(Buffer.byteLength(value)).toBeLessThan(262_144);
    const { data } = envelopeOf(value);
    expect(data.differing).toBe(1_000);
    expect(data.differences?.length).toBeGreaterThan(50);
  });

  it.each([
    [{}, 'done'],
    [{ canceled_partitions: 1 }, 'canceled'],
    [{ canceled_partitions: 1, failed_partitions: 1, error: 'disk' }, 'failed'],
  ])('with %j at its end is %s', (members, outcome) => {
    const document = members as unknown as Parameters<typeof operationFinished>[2];
    const { value } = operationFinished(OPERATIONS, 'o-1', document);
    expect(JSON.parse(value)).toMatchObject({ id: 'finished', data: { outcome } });
  });
});
