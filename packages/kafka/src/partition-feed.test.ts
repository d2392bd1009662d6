import { describe, expect, test, vi } from 'vitest';
import type { LogBatch, LogRecord, Offset, PartitionConsumer } from '@refold/pipeline';
import { PartitionFeed } from './partition-feed.js';

const records = (from: Offset, to: Offset, leaderEpoch = 0): LogRecord[] =>
  Array.from({ length: to - from }, (_, i) => ({
    offset: from + i,
    key: 'k',
    value: `${from + i}`,
    timestamp: 0,
    leaderEpoch,
  }));
const stretch = (from: Offset, to: Offset, leaderEpoch = 0) => ({
  records: records(from, to, leaderEpoch),
  next: to,
  needed: 0,
});
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A consumer that answers each batch when it is told to. */
class Held implements PartitionConsumer {
  readonly batches: LogBatch[] = [];
  readonly calls: string[] = [];
  private settle: ((next: Offset | Promise<Offset>) => void) | null = null;
  start: Offset | Error = 0;

  async assigned(): Promise<Offset> {
    this.calls.push('assigned');
    if (typeof this.start !== 'number') throw this.start;
    return this.start;
  }
  batch(batch: LogBatch): Promise<Offset> {
    this.batches.push(batch);
    this.calls.push(`batch ${batch.from}-${batch.next}`);
    return new Promise((resolve) => (this.settle = resolve));
  }
  async revoked(): Promise<void> {
    this.calls.push('revoked');
  }
  gatherMs(): number {
    return 0;
  }

  stopped(_topic: string, _partition: number, error: Error): void {
    this.calls.push(`stopped: ${error.message}`);
  }
  async answer(next?: Offset): Promise<void> {
    this.settle?.(next ?? this.batches.at(-1)?.next ?? 0);
    await settle();
  }
  async reject(): Promise<void> {
    this.settle?.(Promise.reject(new Error('cannot be folded')));
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

  test('under a new leader epoch is a batch of its own, and is fetched again for it', async () => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 2, 1), 9, 10);
    await settle();
    feed.offer(2, stretch(2, 4, 1), 9, 10);
    feed.offer(4, stretch(4, 6, 2), 9, 10);
    expect(feed.wanted).toBeNull();
    await consumer.answer();
    expect(feed.wanted).toBe(4);
    feed.offer(4, { records: [], next: 5, needed: 0 }, 9, 10);
    feed.offer(5, stretch(5, 6, 2), 9, 10);
    await consumer.answer();
    expect(consumer.calls.slice(1)).toEqual(['batch 0-2', 'batch 2-4', 'batch 4-6']);
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

describe('a batch after an interruption', () => {
  test('says so, and holds nothing that was read before it', async () => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 1), 9, 10);
    await settle();
    feed.offer(1, stretch(1, 2), 9, 10);
    feed.interrupt();
    feed.offer(2, stretch(2, 3), 9, 10);
    expect(feed.wanted).toBeNull();
    await consumer.answer();
    feed.offer(2, stretch(2, 3), 9, 10);
    await consumer.answer();
    feed.offer(3, stretch(3, 4), 9, 10);
    await consumer.answer();
    const seen = consumer.batches.map(({ from, next, resumed }) => [from, next, resumed]);
    expect(seen).toEqual([
      [0, 1, undefined],
      [1, 2, undefined],
      [2, 3, true],
      [3, 4, undefined],
    ]);
  });

  test('still says so behind an empty one', async () => {
    const { consumer, feed } = await begun();
    feed.interrupt();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_000);
    feed.offer(0, stretch(0, 0), 9, 0);
    clock.mockRestore();
    await settle();
    feed.offer(0, stretch(0, 2), 9, 10);
    await consumer.answer();
    expect(consumer.batches.map(({ next, resumed }) => [next, resumed])).toEqual([
      [0, true],
      [2, true],
    ]);
  });

  test('still says so when it is read again from elsewhere', async () => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 4), 9, 10);
    await settle();
    feed.interrupt();
    feed.offer(4, stretch(4, 6), 9, 10);
    await consumer.answer(2);
    feed.offer(2, stretch(2, 6), 9, 10);
    await settle();
    await consumer.answer(3);
    feed.offer(3, stretch(3, 6), 9, 10);
    await settle();
    const seen = consumer.batches.map(({ from, resumed }) => [from, resumed]);
    expect(seen).toEqual([
      [0, undefined],
      [2, true],
      [3, true],
    ]);
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
    expect(consumer.calls).toEqual(['assigned', 'batch 0-1', 'stopped: damaged']);
  });

  test('a revocation is told at once, drops the rest, and is done when the running call is', async () => {
    const { consumer, feed } = await begun();
    let done = false;
    void feed.done.then(() => (done = true));
    feed.offer(0, stretch(0, 1), 9, 10);
    await settle();
    feed.offer(1, stretch(1, 2), 9, 10);
    feed.revoke();
    feed.revoke();
    await settle();
    expect(consumer.calls).toEqual(['assigned', 'batch 0-1', 'revoked']);
    expect(done).toBe(false);
    await consumer.answer();
    await feed.done;
    expect(consumer.calls).toEqual(['assigned', 'batch 0-1', 'revoked']);
  });

  test('a partition that had stopped is revoked too when it goes to somebody else', async () => {
    const { consumer, feed } = await begun();
    feed.fail(new Error('damaged'));
    await settle();
    expect(consumer.calls).toEqual(['assigned', 'stopped: damaged']);
    feed.revoke();
    await feed.done;
    expect(consumer.calls).toEqual(['assigned', 'stopped: damaged', 'revoked']);
  });

  test('a call that is rejected after the revocation stops nothing', async () => {
    const { consumer, feed } = await begun();
    feed.offer(0, stretch(0, 1), 9, 10);
    await settle();
    feed.revoke();
    await consumer.reject();
    await feed.done;
    expect(consumer.calls).toEqual(['assigned', 'batch 0-1', 'revoked']);
  });

  test('a consumer that throws when it is revoked is reported when the feed is done', async () => {
    const { consumer, feed } = await begun();
    consumer.revoked = async () => {
      throw new Error('cannot let go');
    };
    feed.revoke();
    await expect(feed.done).rejects.toThrow('cannot let go');
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
    expect(consumer.calls.at(-1)).toMatch(/^stopped: .*not an offset/);
  });
});
