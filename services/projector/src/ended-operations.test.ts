import { partitionOf } from '@refold/contracts';
import { LogUnavailable } from '@refold/pipeline';
import { describe, expect, it, vi } from 'vitest';
import { endedOperations } from './ended-operations.js';
import { onPartition, openFollowed, resultOf } from './followed.fixture.js';
import { operationFinished, partitionFinished } from './operation-events.js';

/** An operation on two partitions that was folded up to its start, and goes on behind that. */
async function open() {
  const world = await openFollowed();
  const { log, store, operations, plan, start, fold, append } = world;
  plan('o', 'rewind', 'runs', { partitions: [0, 1] });
  start('o');
  await fold();
  const hasEnded = endedOperations({ log, store, operations });
  const tell = (partition: number): void => {
    const {
      topic,
      key,
      value,
      partition: at,
    } = partitionFinished(operations, resultOf('o', partition, 'done')).record;
    log.appendForeign(topic, at, { key, value });
  };
  const cancel = (): void => append('o', 'cancel_requested');
  const finish = (outcome: 'done' | 'canceled'): void => {
    const document = {
      canceled_partitions: outcome === 'canceled' ? 1 : 0,
      cancel_requested_at: 5,
    };
    const { record } = operationFinished(operations, 'o', document as never);
    const { topic, partition, key, value } = record;
    log.appendForeign(topic, partition, { key, value });
  };
  return { ...world, hasEnded, tell, cancel, finish };
}

describe('an operation', () => {
  it('that runs has not ended, and one that nobody planned neither', async () => {
    const { hasEnded, cancel, append } = await open();
    expect(await hasEnded('o', [0, 1])).toBe(false);
    expect(await hasEnded('nobody', [0, 1])).toBe(false);
    cancel();
    append('nobody', 'finished', { outcome: 'done' });
    expect(await hasEnded('o', [0, 1])).toBe(false);
    expect(await hasEnded('nobody', [0, 1])).toBe(false);
  });

  it('has ended on a partition as soon as the log says so, folded or not', async () => {
    const { hasEnded, tell, fold } = await open();
    tell(1);
    for (const isFolded of [false, true]) {
      if (isFolded) await fold();
      expect(await hasEnded('o', [1])).toBe(true);
      expect(await hasEnded('o', [0, 1])).toBe(true);
      expect(await hasEnded('o', [0])).toBe(false);
    }
  });

  it.each(['done', 'canceled'] as const)('has ended where the log says %s', async (outcome) => {
    const { hasEnded, cancel, finish, fold } = await open();
    if (outcome === 'canceled') cancel();
    finish(outcome);
    expect(await hasEnded('o', [])).toBe(true);
    await fold();
    expect(await hasEnded('o', [])).toBe(true);
  });

  it('has not ended by what the rules refuse', async () => {
    const { hasEnded, finish } = await open();
    // Nobody has asked for it to end.
    finish('canceled');
    expect(await hasEnded('o', [0, 1])).toBe(false);
  });

  it('is known from the beginning where nothing of it is folded', async () => {
    const { hasEnded, store, tell, finish } = await open();
    tell(0);
    store.wipe();
    expect(await hasEnded('o', [0])).toBe(true);
    expect(await hasEnded('o', [1])).toBe(false);
    finish('done');
    expect(await hasEnded('o', [1])).toBe(true);
  });

  it('is not told of as running where the log does not answer, or is too far ahead', async () => {
    const { hasEnded, log, operations } = await open();
    const range = vi.spyOn(log, 'range').mockRejectedValueOnce(new Error('no leader'));
    await expect(hasEnded('o', [0])).rejects.toThrow(LogUnavailable);
    range.mockResolvedValueOnce({ start: 0, end: 1_000 });
    const read = vi.spyOn(log, 'read').mockImplementation(async (topic, partition, from) => ({
      ...{ topic, partition, from, next: from + 1, end: 1_000, records: [] },
    }));
    await expect(hasEnded('o', [0])).rejects.toThrow(
      `${operations.topic}/${partitionOf('o', 2)} was not looked through yet for the end of o`,
    );
    read.mockRestore();
    expect(await hasEnded('o', [0])).toBe(false);
  });

  describe('whose log is too far ahead to be looked through at once', () => {
    /** Where reads began, each of which finds one record. */
    async function openFar() {
      const world = await open();
      const { log, operations, append } = world;
      const read = log.read.bind(log);
      const froms: number[] = [];
      vi.spyOn(log, 'read').mockImplementation(async (topic, partition, from) => {
        froms.push(from);
        const batch = await read(topic, partition, from);
        return {
          ...batch,
          records: batch.records.slice(0, 1),
          next: Math.min(from + 1, batch.end),
        };
      });
      const { end: folded } = await log.range(operations.topic, partitionOf('o', 2));
      const fill = (): void => {
        for (let n = 0; n < 20; n++) append(onPartition(partitionOf('o', 2), 'p'), 'note');
      };
      return { ...world, froms, fill, folded };
    }

    it('is asked on from where the look before has come to, and knows what that has found', async () => {
      const { hasEnded, froms, fill, folded, cancel, finish } = await openFar();
      cancel();
      fill();
      // Only what was asked to end may end as canceled.
      finish('canceled');
      fill();
      await expect(hasEnded('o', [0])).rejects.toThrow(LogUnavailable);
      expect(await hasEnded('o', [0])).toBe(true);
      expect(froms).toEqual(Array.from({ length: 32 }, (_, n) => folded + n));
    });

    it('runs as long as nothing up to the end of the log says otherwise', async () => {
      const { hasEnded, froms, fill, folded, fold } = await openFar();
      fill();
      await expect(hasEnded('o', [0])).rejects.toThrow(LogUnavailable);
      expect(await hasEnded('o', [0])).toBe(false);
      expect(froms).toEqual(Array.from({ length: 20 }, (_, n) => folded + n));
      // What is folded meanwhile is not looked through again.
      await expect(hasEnded('o', [1])).rejects.toThrow(LogUnavailable);
      await fold();
      froms.length = 0;
      expect(await hasEnded('o', [1])).toBe(false);
      expect(froms).toEqual([]);
    });

    it('is remembered with the questions that were asked last', async () => {
      const { hasEnded, froms, fill, folded } = await openFar();
      fill();
      for (let partition = 0; partition <= 1_024; partition++) {
        await expect(hasEnded('o', [partition])).rejects.toThrow(LogUnavailable);
      }
      for (const [partition, from] of [
        [1_024, folded + 16],
        [0, folded],
      ] as const) {
        froms.length = 0;
        await hasEnded('o', [partition]).catch(() => false);
        expect(froms[0]).toBe(from);
      }
    });
  });
});
