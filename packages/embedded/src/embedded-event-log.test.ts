import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppendRefused, OffsetOutOfRange } from '@refold/pipeline';
import type { EventLog, LogBatch, PartitionConsumer } from '@refold/pipeline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEmbedded, type Embedded } from './open-embedded.js';

const TOPIC = 'refold.runs';
let folder: string;
let embedded: Embedded;
let log: EventLog;
let now: number;

const reopen = async (): Promise<void> => {
  embedded = await openEmbedded({ folder, clock: () => now });
  log = embedded.log;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'refold-embedded-'));
  now = 1_000;
  await reopen();
  await log.ensureTopics([{ name: TOPIC, partitions: 2 }]);
});

afterEach(async () => {
  await embedded.close();
  rmSync(folder, { recursive: true });
});

const append = async (partition: number, ...values: string[]) => {
  const sender = await log.openLane(await log.laneOf(TOPIC, partition));
  return sender.send(values.map((value) => ({ topic: TOPIC, partition, key: 'k', value })));
};

const recorder = (begin = 0) => {
  const calls: string[] = [];
  const consumer: PartitionConsumer = {
    assigned: async (_, partition) => {
      calls.push(`assigned ${partition}`);
      return begin;
    },
    batch: async (batch: LogBatch) => {
      calls.push(`batch ${batch.partition} ${batch.from}-${batch.next}`);
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
  return { calls, consumer };
};

describe('the embedded log', () => {
  it('keeps records, offsets and topics over a restart', async () => {
    await append(0, 'a', 'ü\0😀');
    await append(1, '');
    await embedded.close();
    await reopen();
    expect(await log.partitions(TOPIC)).toBe(2);
    const { records, next, end } = await log.read(TOPIC, 0, 0);
    expect(records).toEqual([
      { offset: 0, key: 'k', value: 'a', timestamp: 1_000, leaderEpoch: 0 },
      { offset: 1, key: 'k', value: 'ü\0😀', timestamp: 1_000, leaderEpoch: 0 },
    ]);
    expect([next, end]).toEqual([2, 2]);
    expect((await append(1, 'b')).map((landed) => landed.offset)).toEqual([1]);
  });

  it('begins where it was truncated, over a restart, and gives up what a truncation left behind', async () => {
    await append(0, 'a', 'b', 'c', 'd');
    await log.truncate(TOPIC, 0, 2);
    await embedded.close();
    await reopen();
    expect(await log.range(TOPIC, 0)).toEqual({ start: 2, end: 4 });
    expect((await log.read(TOPIC, 0, 2)).records.map(({ value }) => value)).toEqual(['c', 'd']);
    await append(0, 'e');
    expect(await log.offsetForTime(TOPIC, 0, 0)).toBe(2);
    await expect(log.truncate(TOPIC, 0, 6)).rejects.toThrow(OffsetOutOfRange);
    await log.truncate(TOPIC, 0, 5);
    expect(await log.range(TOPIC, 0)).toEqual({ start: 5, end: 5 });
    expect((await append(0, 'f'))[0]?.offset).toBe(5);
  });

  it('never lets append time go back within a partition, restarts included', async () => {
    await append(0, 'a');
    now = 10;
    await embedded.close();
    await reopen();
    expect((await append(0, 'b'))[0]?.timestamp).toBe(1_000);
    expect((await append(1, 'c'))[0]?.timestamp).toBe(10);
  });

  it('answers a send over several partitions in the order it was given', async () => {
    const sender = await log.openLane('embedded');
    const record = (partition: number, value: string) => ({
      topic: TOPIC,
      partition,
      key: 'k',
      value,
    });
    const landed = await sender.send([record(1, 'a'), record(0, 'b'), record(1, 'c')]);
    expect(landed.map(({ offset }) => offset)).toEqual([0, 0, 1]);
    const { records } = await log.read(TOPIC, 1, 0);
    expect(records.map(({ value }) => value)).toEqual(['a', 'c']);
  });

  it('reads bounded batches, at least one record each', async () => {
    await append(0, 'x'.repeat(100), 'y'.repeat(100), 'z');
    const first = await log.read(TOPIC, 0, 0, 1);
    expect([first.records.length, first.next, first.end]).toEqual([1, 1, 3]);
    expect((await log.read(TOPIC, 0, 3)).records).toEqual([]);
    await expect(log.read(TOPIC, 0, 4)).rejects.toThrow(OffsetOutOfRange);
    await expect(log.read(TOPIC, 0, -1)).rejects.toThrow(OffsetOutOfRange);
  });

  it('stores nothing of a send with one impossible record, and the lane is spent', async () => {
    const sender = await log.openLane('embedded');
    const fine = { topic: TOPIC, partition: 0, key: 'k', value: 'v' };
    const large = { ...fine, value: 'x'.repeat(1_048_577) };
    await expect(sender.send([fine, large])).rejects.toThrow(AppendRefused);
    await expect(sender.send([fine])).rejects.toThrow('spent');
    const other = await log.openLane('embedded');
    await expect(other.send([{ ...fine, topic: 'gone' }])).rejects.toThrow(AppendRefused);
    expect(await log.range(TOPIC, 0)).toEqual({ start: 0, end: 0 });
  });

  it('refuses a second send while one is outstanding', async () => {
    const sender = await log.openLane('embedded');
    const record = { topic: TOPIC, partition: 0, key: 'k', value: 'v' };
    const first = sender.send([record]);
    await expect(sender.send([record])).rejects.toThrow('outstanding');
    await expect(first).resolves.toHaveLength(1);
  });

  it('wakes a subscriber on append and goes on where its answer said', async () => {
    const seen = recorder();
    await log.subscribe('g', [TOPIC], seen.consumer);
    await vi.waitFor(() => expect(seen.calls).toHaveLength(2));
    await append(1, 'a', 'b');
    await append(1, 'c');
    await vi.waitFor(() => expect(seen.calls.join()).toContain('-3'));
    expect(seen.calls.filter((call) => call.startsWith('batch 0'))).toEqual([]);
  });

  it('deals partitions out and hands them over when the running batch has ended', async () => {
    const slow = recorder();
    let finish: (() => void) | undefined;
    slow.consumer.batch = (batch) => new Promise((done) => (finish = () => done(batch.next)));
    await append(0, 'a');
    const first = await log.subscribe('g', [TOPIC], slow.consumer);
    await vi.waitFor(() => expect(finish).toBeDefined());
    const next = recorder();
    await log.subscribe('g', [TOPIC], next.consumer);
    await vi.waitFor(() => expect(next.calls).toEqual(['assigned 1']));
    expect(slow.calls).toContain('revoked 1');
    const closed = first.close();
    finish?.();
    await closed;
    expect(slow.calls.at(-1)).toBe('revoked 0');
    await vi.waitFor(() => expect(next.calls).toContain('batch 0 0-1'));
  });

  it('drops the failure of a call whose partition was lost meanwhile', async () => {
    const slow = recorder();
    let fail: ((error: Error) => void) | undefined;
    slow.consumer.batch = () => new Promise((_, reject) => (fail = reject));
    await append(1, 'a');
    await log.subscribe('g', [TOPIC], slow.consumer);
    await vi.waitFor(() => expect(fail).toBeDefined());
    const next = recorder();
    await log.subscribe('g', [TOPIC], next.consumer);
    await vi.waitFor(() => expect(slow.calls).toContain('revoked 1'));
    expect(next.calls).toEqual([]);
    fail?.(new Error('too late'));
    await vi.waitFor(() => expect(next.calls).toContain('batch 1 0-1'));
    expect(slow.calls.join()).not.toContain('stopped');
  });

  it('stops a partition whose position is outside the log, and no other', async () => {
    await append(0, 'a', 'b');
    const seen = recorder(2);
    await log.subscribe('g', [TOPIC], seen.consumer);
    await vi.waitFor(() => expect(seen.calls).toContain('stopped 1 OffsetOutOfRange'));
    await append(0, 'c');
    await vi.waitFor(() => expect(seen.calls).toContain('batch 0 2-3'));
  });

  it('says what is wrong with a topic and changes none that exists', async () => {
    expect(await log.ensureTopics([{ name: TOPIC, partitions: 8 }])).toEqual([]);
    const faults = await log.checkTopics([
      { name: TOPIC, partitions: 8 },
      { name: 'gone', partitions: 1 },
    ]);
    expect(faults.map(({ topic }) => topic)).toEqual([TOPIC, 'gone']);
    await expect(log.ensureTopics([{ name: 'a b', partitions: 1 }])).rejects.toThrow('topic name');
    await expect(log.partitions('gone')).rejects.toThrow('does not exist');
  });

  it('answers pings until it is closed, and refuses calls after', async () => {
    expect(await log.ping()).toBeNull();
    const sender = await log.openLane('embedded');
    await embedded.close();
    expect(await log.ping()).toContain('closed');
    await expect(log.read(TOPIC, 0, 0)).rejects.toThrow('closed');
    await expect(
      sender.send([{ topic: TOPIC, partition: 0, key: 'k', value: 'v' }]),
    ).rejects.toThrow('closed');
  });
});
