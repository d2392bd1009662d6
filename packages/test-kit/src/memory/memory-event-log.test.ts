import { AppendRefused, OffsetOutOfRange } from '@refold/pipeline';
import type { LogBatch, PartitionConsumer } from '@refold/pipeline';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryEventLog, type MemoryEventLog } from './memory-event-log.js';

const TOPIC = 't';

/** A consumer that notes what it was told and reads on from where each batch ended. */
const recorder = (begin = 0) => {
  const calls: string[] = [];
  const batches: LogBatch[] = [];
  const consumer: PartitionConsumer = {
    assigned: async (_, partition) => {
      calls.push(`assigned ${partition}`);
      return begin;
    },
    batch: async (batch) => {
      calls.push(`batch ${batch.partition} ${batch.from}-${batch.next}`);
      batches.push(batch);
      return batch.next;
    },
    revoked: async (_, partition) => {
      calls.push(`revoked ${partition}`);
    },
    stopped: (_, partition, error) => {
      calls.push(`stopped ${partition} ${error.name}`);
    },
    gatherMs: () => 0,
  };
  return { calls, batches, consumer };
};

const openLog = async (partitions = 2): Promise<MemoryEventLog> => {
  let now = 1000;
  const log = createMemoryEventLog({ clock: () => now++, lanes: 1 });
  await log.ensureTopics([{ name: TOPIC, partitions }]);
  return log;
};

const append = async (log: MemoryEventLog, partition: number, ...values: string[]) => {
  const sender = await log.openLane(await log.laneOf(TOPIC, partition));
  const records = values.map((value) => ({ topic: TOPIC, partition, key: 'k', value }));
  return (await sender.send(records)).map((landed) => landed.offset);
};

describe('createMemoryEventLog', () => {
  it('appends with contiguous offsets and reads them back in order', async () => {
    const log = await openLog();
    expect(await append(log, 0, 'a', 'b')).toEqual([0, 1]);
    expect(await append(log, 0, 'c')).toEqual([2]);
    const batch = await log.read(TOPIC, 0, 1);
    expect(batch.records.map((record) => record.value)).toEqual(['b', 'c']);
    expect([batch.next, batch.end]).toEqual([3, 3]);
    await expect(log.read(TOPIC, 0, 4)).rejects.toThrow(OffsetOutOfRange);
  });

  it('passes a marker as a proven hole', async () => {
    const log = await openLog();
    await append(log, 0, 'a');
    expect(log.appendMarker(TOPIC, 0)).toBe(1);
    const hole = await log.read(TOPIC, 0, 1);
    expect([hole.records.length, hole.next]).toEqual([0, 2]);
    const seen = recorder();
    await log.subscribe('g', [TOPIC], seen.consumer);
    await vi.waitFor(() => expect(seen.calls).toContain('batch 0 0-2'));
  });

  it('stores nothing of a send with one record too long, and the lane is spent', async () => {
    const log = createMemoryEventLog({ clock: () => 0, recordBytesMax: 4, lanes: 1 });
    await log.ensureTopics([{ name: TOPIC, partitions: 1 }]);
    const sender = await log.openLane('memory-0');
    const record = { topic: TOPIC, partition: 0, key: 'k', value: 'v' };
    const long = { ...record, value: 'too long' };
    await expect(sender.send([record, long])).rejects.toThrow(AppendRefused);
    await expect(sender.send([record])).rejects.toThrow('spent');
    expect(log.records(TOPIC, 0)).toEqual([]);
  });

  it('refuses a second send while one is outstanding', async () => {
    const log = await openLog();
    const sender = await log.openLane(await log.laneOf(TOPIC, 0));
    const record = { topic: TOPIC, partition: 0, key: 'k', value: 'v' };
    const first = sender.send([record]);
    await expect(sender.send([record])).rejects.toThrow('outstanding');
    await expect(first).resolves.toHaveLength(1);
  });

  it('deals partitions out over members, and back when one leaves', async () => {
    const log = await openLog(4);
    const [a, b] = [recorder(), recorder()];
    await log.subscribe('g', [TOPIC], a.consumer);
    const second = await log.subscribe('g', [TOPIC], b.consumer);
    await vi.waitFor(() => expect(b.calls).toEqual(['assigned 1', 'assigned 3']));
    await second.close();
    expect(b.calls.slice(2)).toEqual(['revoked 1', 'revoked 3']);
    await append(log, 3, 'x');
    await vi.waitFor(() => expect(a.calls).toContain('batch 3 0-1'));
  });

  it('hands a partition over only when the running batch of a live member has ended', async () => {
    const log = await openLog(1);
    const slow = recorder();
    let finish: (() => void) | undefined;
    slow.consumer.batch = (batch) => new Promise((resolve) => (finish = () => resolve(batch.next)));
    await append(log, 0, 'x');
    const first = await log.subscribe('g', [TOPIC], slow.consumer);
    await vi.waitFor(() => expect(finish).toBeDefined());
    const next = recorder();
    await log.subscribe('g', [TOPIC], next.consumer);
    const closed = first.close();
    expect(next.calls).toEqual([]);
    finish?.();
    await closed;
    await vi.waitFor(() => expect(next.calls).toEqual(['assigned 0', 'batch 0 0-1']));
  });

  it('leaves a zombie behind when a member is expelled', async () => {
    const log = await openLog(1);
    const zombie = recorder();
    zombie.consumer.batch = () => new Promise(() => undefined);
    await append(log, 0, 'x');
    const first = await log.subscribe('g', [TOPIC], zombie.consumer);
    await vi.waitFor(() => expect(zombie.calls).toEqual(['assigned 0']));
    const next = recorder();
    await log.subscribe('g', [TOPIC], next.consumer);
    log.expel(first);
    await vi.waitFor(() => expect(next.calls).toEqual(['assigned 0', 'batch 0 0-1']));
  });

  it('stops a partition that is behind the start or ahead of the end, and only that one', async () => {
    const log = await openLog(2);
    await append(log, 0, 'a', 'b');
    await append(log, 1, 'a', 'b');
    log.deleteHead(TOPIC, 0, 1);
    const seen = recorder();
    await log.subscribe('g', [TOPIC], seen.consumer);
    await vi.waitFor(() => expect(seen.calls).toContain('stopped 0 OffsetOutOfRange'));
    await vi.waitFor(() => expect(seen.calls).toContain('batch 1 0-2'));
    log.truncateTail(TOPIC, 1, 1);
    await vi.waitFor(() => expect(seen.calls).toContain('stopped 1 OffsetOutOfRange'));
    expect(await log.range(TOPIC, 1)).toEqual({ start: 0, end: 1 });
  });

  it('raises the leader epoch with a new leader', async () => {
    const log = await openLog(1);
    await append(log, 0, 'a', 'b');
    log.truncateTail(TOPIC, 0, 1);
    await append(log, 0, 'c');
    expect(log.records(TOPIC, 0).map((record) => [record.value, record.leaderEpoch])).toEqual([
      ['a', 0],
      ['c', 1],
    ]);
  });

  it('delivers a foreign record as it is', async () => {
    const log = await openLog(1);
    log.appendForeign(TOPIC, 0, { key: null, value: null, unfit: 'transactional' });
    const batch = await log.read(TOPIC, 0, 0);
    expect(batch.records[0]).toMatchObject({ key: null, value: null, unfit: 'transactional' });
  });

  it('lets a tool reset a group only while it has no members', async () => {
    const log = await openLog(1);
    const subscription = await log.subscribe('g', [TOPIC], recorder().consumer);
    expect(() => log.resetGroup('g', TOPIC, 0, 0)).toThrow(/has members/);
    await subscription.close();
    log.resetGroup('g', TOPIC, 0, -2);
    expect(await log.committed('g', TOPIC)).toEqual(new Map([[0, { offset: -2, metadata: '' }]]));
  });

  it('says what is wrong with a topic', async () => {
    const log = await openLog(2);
    const faults = await log.checkTopics([
      { name: TOPIC, partitions: 4 },
      { name: 'gone', partitions: 1 },
    ]);
    expect(faults.map((fault) => fault.topic)).toEqual([TOPIC, 'gone']);
    expect(await log.ensureTopics([{ name: TOPIC, partitions: 4 }])).toEqual([]);
    expect(await log.partitions(TOPIC)).toBe(2);
  });
});
