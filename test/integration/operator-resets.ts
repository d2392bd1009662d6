import { createHash } from 'node:crypto';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  isTagged,
  noWrites,
  slotOf,
  type EventLog,
} from '@refold/pipeline';
import { describe, expect, it, vi } from 'vitest';
import type { OpenPorts } from './http-stack.js';
import { BOB } from './operator-fixture.js';
import { withoutBeginning } from './operator-resume.js';
import { openResets, WAIT, type ResetGroup, type ResetWorld } from './reset-world.js';

/** A log that never says that it took something for one topic, and did not. */
function withoutWrites(log: EventLog, topic: string): EventLog {
  return new Proxy(log, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'openLane') return member.bind(target) as unknown;
      return async (lane: string) => {
        const sender = await target.openLane(lane);
        return {
          close: () => sender.close(),
          send: (records: Parameters<typeof sender.send>[0]) =>
            records.some((record) => record.topic === topic)
              ? Promise.reject(new Error('no answer'))
              : sender.send(records),
        };
      };
    },
  });
}

/**
 * What a first design did with an offset that carries no tag: to fold on from there. A rewind in place that is
 * noticed twice comes to the same, for then the offset lies ahead of what is folded again.
 */
async function moveCheckpoint(world: ResetWorld, partition: number): Promise<void> {
  const committed = await world.committed(partition);
  if (committed === null || isTagged(committed)) return;
  const { runs } = world.installation.projections;
  const slot = slotOf(runs, partition);
  const { checkpoint: text } = await world.store.read(slot, []);
  const { records } = await world.log.read(runs.topic, partition, committed.offset - 1);
  const record = records[0] ?? expect.fail('there is a record before it');
  const { offset, timestamp, leaderEpoch, value } = record;
  const digest = createHash('sha256')
    .update(value ?? '')
    .digest('hex')
    .slice(0, 16);
  const moved = encodeCheckpoint({
    ...decodeCheckpoint(text ?? ''),
    next: committed.offset,
    last: { offset, timestamp, leaderEpoch, digest },
  });
  await world.store.commit(slot, text, moved, noWrites(), []);
}

/** What becomes of a group that was reset by a tool; on any log that has groups. */
export function resetTests(open: OpenPorts, reset: ResetGroup): void {
  describe('a group that was reset', () => {
    it('is rewound: recorded, carried out and settled once', async () => {
      const world = await openResets(open);
      const before = await world.seen();
      await reset(world, 1, 1);
      const folding = await world.foldRuns();
      const [done] = await world.ended(1);
      const shown = await world.until(done?.operation_id ?? '', () => undefined);
      const { topic } = world.installation.projections.runs;
      expect(shown).toMatchObject({
        verb: 'rewind',
        projection: 'runs',
        planned_by: null,
        plan: {
          arguments: { target: 'to-offset', offset: 1, group: `${topic}.projector` },
          partitions: [{ partition: 1, from: 1, to: 3, records: 3 }],
        },
        result: { streams: 1, replaced: 1, records: 3 },
      });
      await world.settled(1, 3);
      await folding.stop();
      await world.foldRuns();
      await world.settled(1, 3);
      expect(await world.rewinds()).toHaveLength(1);
      expect(await world.seen()).toEqual(before);
      expect(await world.seenFresh()).toEqual(before);
    });

    it('ahead of what is folded is put right, and nothing is skipped', async () => {
      const world = await openResets(open);
      await world.append(0, 4);
      await reset(world, 0, 5);
      await world.foldRuns();
      await world.folded(0);
      await world.settled(0, 7);
      expect(await world.rewinds()).toEqual([]);
      expect(await world.seen()).toEqual(await world.seenFresh());
    });

    it('negative control: moving the checkpoint to an offset without a tag loses events', async () => {
      const world = await openResets(open);
      await world.append(0, 4);
      await reset(world, 0, 5);
      await moveCheckpoint(world, 0);
      await world.foldRuns();
      await world.folded(0);
      expect(await world.seen()).not.toEqual(await world.seenFresh());
    });

    it('is rewound by the next process where one ended before it was recorded', async () => {
      const world = await openResets(open);
      const { topic } = world.installation.projections.operations;
      await reset(world, 1, 1);
      const first = await world.foldRuns(withoutWrites(world.log, topic));
      await vi.waitFor(async () => {
        expect((await world.committed(1))?.metadata).toMatch(/pending .* 1 3$/);
      }, WAIT);
      await first.stop();
      expect(await world.rewinds()).toEqual([]);
      await world.foldRuns();
      await world.ended(1);
      await world.settled(1, 3);
    });

    it('is rewound once where a process ended while it was carried out', async () => {
      const world = await openResets(open);
      await reset(world, 1, 1);
      // The plan reads the beginning once.
      const first = await world.foldRuns(withoutBeginning(world.log, '.runs', 1, 1));
      await vi.waitFor(async () => {
        const operations = await world.rewinds();
        expect(operations.map(({ status }) => status)).toEqual(['running']);
      }, WAIT);
      await first.stop();
      await world.foldRuns();
      const [done] = await world.ended(1);
      expect(done?.result).toMatchObject({ streams: 1, replaced: 1, records: 3 });
      await world.settled(1, 3);
    });
  });
}

/** What has nothing to do with the log that the group is of. */
export function resetDecisionTests(open: OpenPorts, reset: ResetGroup): void {
  describe('a reset of a group', () => {
    it('is one operation for each partition, and those that were not reset are left alone', async () => {
      const world = await openResets(open);
      await reset(world, 0, 0);
      await reset(world, 3, 2);
      await world.foldRuns();
      const operations = await world.ended(2);
      expect(operations.map(({ result }) => result.replaced)).toEqual([1, 1]);
      const partitions = operations.flatMap(({ finished_partitions: finished }) => finished);
      expect(partitions.sort()).toEqual([0, 3]);
      for (const partition of [0, 1, 2, 3]) await world.settled(partition, 3);
    });

    it('is rewound again when it is reset again, though nothing came meanwhile', async () => {
      const world = await openResets(open);
      for (const count of [1, 2]) {
        await reset(world, 2, 0);
        const folding = await world.foldRuns();
        await world.ended(count);
        await world.settled(2, 3);
        await folding.stop();
      }
    });

    it('waits for somebody who agrees, where that is required', async () => {
      const world = await openResets(open, 'required');
      await reset(world, 1, 0);
      const folding = await world.foldRuns();
      const awaiting = async () =>
        vi.waitFor(async () => {
          const operations = await world.rewinds();
          expect(operations.map(({ status }) => status)).toEqual(['awaiting_approval']);
          return operations[0]?.operation_id ?? '';
        }, WAIT);
      const id = await awaiting();
      await folding.stop();
      expect((await world.committed(1))?.metadata).toBe(`refold/1 pending ${id} 0 3`);
      await world.foldRuns();
      await world.ask(BOB, `/operations/${id}/approve`);
      expect((await world.ask(BOB, `/operations/${id}/execute`)).status).toBe(200);
      await world.ended(1);
      await world.settled(1, 3);
    });

    it('is given up where its operation is canceled', async () => {
      const world = await openResets(open, 'required');
      await reset(world, 1, 0);
      await world.foldRuns();
      const id = await vi.waitFor(async () => {
        const [one] = await world.rewinds();
        return one?.operation_id ?? expect.fail('nothing is planned');
      }, WAIT);
      await world.ask(BOB, `/operations/${id}/cancel`);
      await world.settled(1, 3);
    });
  });
}
