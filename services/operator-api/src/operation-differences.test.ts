import { describe, expect, it } from 'vitest';
import type { Operating } from './operating.js';
import { differencesOf } from './operation-differences.js';

interface Event {
  seq: number;
  type: string;
  data: unknown;
}

/** An operation with these results in its timeline, between its beginning and its end. */
function operatingOf(results: readonly object[]): Operating {
  const events: Event[] = [
    { seq: 1, type: 'operation.planned', data: {} },
    ...results.map((data, at) => ({ seq: at + 2, type: 'operation.partition_finished', data })),
    { seq: results.length + 2, type: 'operation.finished', data: {} },
  ];
  const timeline = (_kind: string, _id: string, after: number, limit: number) =>
    Promise.resolve({ events: events.filter(({ seq }) => seq > after).slice(0, limit) });
  return { reads: { served: { operation: { reader: { timeline } } } } } as unknown as Operating;
}

const listed = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ stream: `run/${n}`, kind: 'gap', field: '' }));

describe('the differences of an operation', () => {
  it('are listed up to 1,000, and the others are counted', async () => {
    const result = (partition: number) => ({
      partition,
      differences: listed(40),
      drift: { gap: 60 },
    });
    const found = await differencesOf(
      operatingOf(Array.from({ length: 30 }, (_, partition) => result(partition))),
      'o',
    );
    expect(found.differences).toHaveLength(1_000);
    expect(found.drift).toEqual({ gap: 1_800 });
    expect(found.differences_left_out).toBe(800);
  });

  it('leave nothing out where all are listed', async () => {
    const result = { partition: 0, differences: listed(2), drift: { gap: 2 } };
    const found = await differencesOf(operatingOf([result]), 'o');
    expect([found.differences.length, found.differences_left_out]).toEqual([2, 0]);
  });
});
