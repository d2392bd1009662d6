import { describe, expect, test, vi } from 'vitest';
import type { LogBatch, LogRecord, Offset, PartitionConsumer } from '@refold/pipeline';
import { PartitionFeed } from './partition-feed.js';

const records = (from: Offset, to: Offset): LogRecord[] =>
  Array.from({ length: to - from }, (_, i) => ({
    offset: from + i,
    key: 'k',
    value: `${from + i}`,
    timestamp: 0,
    leaderEpoch: 0,
  }));
const stretch = (from: Offset, to: Offset) => ({ records: records(from, to), next: to, needed: 0 });
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A consumer that answers each batch when it is told to. */
class Held implements PartitionConsumer {
  readonly batches: LogBatch[] = [];
  readonly calls: string[] = [];
  private release: ((next: Offset) => void) | null = null;
  start: Offset | Error = 0;

  async assigned(): Promise<Offset> {
    this.calls.push('assigned');
    if (typeof this.start !== 'number') throw this.start;
    return this.start;
  }
  batch(batch: LogBatch): Promise<Offset> {
    this.batches.push(batch);
    this.calls.push(`batch ${batch.from}-${batch.next}`);
    return new Promise((resolve) => (this.release = resolve));
  }
  async revoked(): Promise<void> {
    this.calls.push('revoked');
  }
  stopped(_topic: string, _partition: number, error: Error): void {
    this.calls.push(`stopped: ${error.message}`);
  }
  async answer(next?: Offset): Promise<void> {
    this.release?.(next ?? this.batches.at(-1)?.next ?? 0);
    await settle();
  }
}

async function begun(hungry = () => {}, before = Promise.resolve()) {
  const consumer = new Held();
  const feed = new PartitionFeed('t', 0, consumer, 1_000, before, hungry);
  await settle();
  return { consumer, feed };
}

describe('what is fetched', () => {
  test('while a batch is handled becomes one batch', async () => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 2), 9, 10);
    await settle();
    feed.offer(2, stretch(2, 3), 9, 10);
    feed.offer(3, stretch(3, 5), 11, 10);
    expect(feed.wanted).toBe(5);
    await consumer.answer();
    expect(consumer.batches.map(({ from, next, end }) => [from, next, end])).toEqual([
      [0, 2, 9],
      [2, 5, 11],
    ]);
    expect(consumer.batches[1]?.records.map(({ offset }) => offset)).toEqual([2, 3, 4]);
  });

  test('for another position than the present one is dropped', async () => {
    const { consumer, feed } = await begun();
    feed.offer(7, stretch(7, 9), 9, 10);
    feed.offer(0, { records: [], next: 0, needed: 0 }, 9, 10);
    await settle();
    expect(consumer.batches).toEqual([]);
    expect(feed.wanted).toBe(0);
  });

  test('ahead of a seek is dropped', async () => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 4), 9, 10);
    await settle();
    feed.offer(4, stretch(4, 6), 9, 10);
    await consumer.answer(1);
    expect(feed.wanted).toBe(1);
    feed.offer(6, stretch(6, 9), 9, 10);
    feed.offer(1, stretch(1, 3), 9, 10);
    await settle();
    expect(consumer.calls).toEqual(['assigned', 'batch 0-4', 'batch 1-3']);
  });

  test('is bounded: a full feed wants nothing until its batch is taken', async () => {
    const hungry = vi.fn();
    const { consumer, feed } = await begun(hungry);
    hungry.mockClear();
    feed.offer(0, stretch(0, 1), 9, 10);
    await settle();
    feed.offer(1, stretch(1, 2), 9, 2_000_000);
    expect([feed.wanted, typeof feed.fullSince]).toEqual([null, 'number']);
    await consumer.answer();
    expect([feed.wanted, feed.fullSince]).toEqual([2, null]);
    expect(hungry).toHaveBeenCalledOnce();
  });
});

describe('the end of a feed', () => {
  test('a failure comes after what was fetched before it', async () => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 1), 9, 10);
    feed.fail(new Error('damaged'));
    expect(feed.wanted).toBeNull();
    await settle();
    await consumer.answer();
    await feed.done;
    expect(consumer.calls).toEqual(['assigned', 'batch 0-1', 'stopped: damaged']);
  });

  test('a revocation waits for the running call and drops the rest', async () => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 1), 9, 10);
    await settle();
    feed.offer(1, stretch(1, 2), 9, 10);
    feed.revoke();
    await settle();
    expect(consumer.calls).toEqual(['assigned', 'batch 0-1']);
    await consumer.answer();
    await feed.done;
    expect(consumer.calls).toEqual(['assigned', 'batch 0-1', 'revoked']);
  });

  test('a partition that was lost before its turn is never assigned', async () => {
    let free = (): void => {};
    const { consumer, feed } = await begun(undefined, new Promise((resolve) => (free = resolve)));
    feed.revoke();
    free();
    await feed.done;
    expect(consumer.calls).toEqual([]);
  });

  test.each([-1, 1.5, Number.NaN])('an answer of %d is no offset', async (next) => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 1), 9, 10);
    await settle();
    await consumer.answer(next);
    await feed.done;
    expect(consumer.calls.at(-1)).toMatch(/^stopped: .*not an offset/);
  });
});
