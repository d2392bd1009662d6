import { describe, expect, it } from 'vitest';
import { PartitionQueue } from './partition-queue.js';
import type { PendingRecord } from './publish-outcome.js';

const record = (value: string, bytes = 10): PendingRecord => ({
  outgoing: { topic: 't', partition: 0, key: 'k', value },
  bytes,
  giveUpAt: 0,
  sent: false,
  settle: () => undefined,
});

const open = (...values: string[]) => {
  const queue = new PartitionQueue('t', 0);
  for (const value of values) queue.add(record(value));
  return queue;
};

const valuesOf = (records: readonly PendingRecord[]) =>
  records.map(({ outgoing }) => outgoing.value).join('');

describe('PartitionQueue', () => {
  it('gives records out in their order, within both bounds', () => {
    const queue = open('a', 'b', 'c', 'd', 'e');
    expect(valuesOf(queue.take(2, 1000))).toBe('ab');
    expect(valuesOf(queue.take(9, 25))).toBe('cd');
    expect(queue.size).toBe(1);
    expect(valuesOf(queue.take(9, 1000))).toBe('e');
    expect(queue.take(9, 1000)).toEqual([]);
  });

  it('gives out one record that is larger than the bound, and no second with it', () => {
    const queue = new PartitionQueue('t', 0);
    queue.add(record('a', 500));
    queue.add(record('b', 1));
    expect(valuesOf(queue.take(9, 100))).toBe('a');
  });

  it('keeps to the batch size that the log takes', () => {
    const queue = open('a', 'b', 'c');
    queue.batchMax = 1;
    expect(valuesOf(queue.take(9, 1000))).toBe('a');
  });

  it('puts records back in front, in their order', () => {
    const queue = open('a', 'b', 'c', 'd');
    const taken = queue.take(3, 1000);
    queue.add(record('e'));
    queue.putBack(taken.slice(1));
    expect(queue.size).toBe(4);
    expect(valuesOf(queue.takeAll())).toBe('bcde');
    expect(queue.size).toBe(0);
  });

  it('stays in order over many records, taken and put back', () => {
    const queue = new PartitionQueue('t', 0);
    const total = 5000;
    for (let n = 0; n < total; n++) queue.add(record(`${n},`));
    const out: PendingRecord[] = [];
    for (let round = 0; queue.size > 0; round++) {
      const taken = queue.take(1 + (round % 97), 1_000_000);
      if (round % 3 === 0) {
        queue.putBack(taken);
        out.push(...queue.take(1, 1_000_000));
      } else out.push(...taken);
    }
    expect(valuesOf(out)).toBe(Array.from({ length: total }, (_, n) => `${n},`).join(''));
  });
});
