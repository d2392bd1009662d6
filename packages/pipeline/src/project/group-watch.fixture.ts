import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { expect, onTestFinished, vi } from 'vitest';
import type { PendingReset } from '../plan/pending-reset.js';
import type { EventLog, PartitionConsumer, Subscription } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import { groupOf, slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { encodeCheckpoint } from '../slot/checkpoint.js';
import { handTiming, settled } from '../timing.fixture.js';
import { GroupWatch } from './group-watch.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 1,
  generation: 1,
};
export const GROUP = groupOf(PROJECTION);
export const NEXT = 10;

/** A log of 20 records, of which a slot has folded 10, and members that come and go. */
export async function openWatched() {
  const log = createMemoryEventLog({ clock: () => 1_000 });
  await log.ensureTopics([{ name: 't', partitions: 1 }]);
  for (let n = 0; n < 20; n++) log.appendForeign('t', 0, { key: 'k', value: 'v' });
  const store = createMemoryViewStore();
  let commits = 0;
  let text: string | null = null;
  const commitCheckpoint = async (): Promise<void> => {
    const next = encodeCheckpoint({
      format: 3,
      next: NEXT,
      decider: 1,
      views: 'run@1',
      role: 'live',
      time: 0,
      last: null,
      commitId: `c${commits++}`,
    });
    await store.commit(slotOf(PROJECTION, 0), text, next, noWrites(), []);
    text = next;
  };
  await commitCheckpoint();
  const clock = handTiming();
  const noticed: PendingReset[] = [];
  const troubles: string[] = [];
  /** A member that folds nothing of what it is given, unless a test says where it stands. */
  const watchOf = (through: EventLog) =>
    new GroupWatch(
      {
        log: through,
        store,
        timing: clock.timing,
        noticed: (reset) => noticed.push(reset),
        trouble: (_, what) => troubles.push(what),
      },
      PROJECTION,
    );
  const join = async (through: EventLog = log) => {
    const watch = watchOf(through);
    let assigned = 0;
    const consumer: PartitionConsumer = {
      assigned: async () => NEXT,
      batch: async ({ from }) => {
        // The first batch comes when the partition is taken over.
        assigned += 1;
        await new Promise(() => undefined);
        return from;
      },
      revoked: async () => undefined,
      stopped: (_, __, error) => expect.fail(error.message),
      gatherMs: () => 0,
    };
    let inner: Subscription | null = null;
    let watched = consumer;
    const joined: Pick<EventLog, 'subscribe'> = {
      subscribe: async (group, topics, member) => {
        watched = member;
        return (inner = await through.subscribe(group, topics, member));
      },
    };
    const member = await watch.watched(joined).subscribe(GROUP, ['t'], consumer);
    const taken = () => vi.waitFor(() => expect(assigned).toBe(1));
    // It is told at once, whatever it is doing.
    const leave = async () => {
      log.expel(inner ?? expect.fail('it did not join'));
      await watched.revoked('t', 0);
    };
    return { watch, member, taken, leave };
  };
  /** A member that a test gives its partition, and takes it away from. It commits at any time. */
  const joinByHand = async (through: EventLog = log) => {
    const consumer: PartitionConsumer = {
      assigned: async () => NEXT,
      batch: async ({ from }) => from,
      revoked: async () => undefined,
      stopped: (_, __, error) => expect.fail(error.message),
      gatherMs: () => 0,
    };
    const inner = await log.subscribe(GROUP, ['t'], consumer);
    log.expel(inner);
    let watched = consumer;
    const byHand: Pick<EventLog, 'subscribe'> = {
      subscribe: async (_group, _topics, member) => {
        watched = member;
        return inner;
      },
    };
    await watchOf(through).watched(byHand).subscribe(GROUP, ['t'], consumer);
    const take = async () => {
      void watched.assigned('t', 0);
      await settled();
    };
    return { take, lose: () => watched.revoked('t', 0) };
  };
  const committed = async () => (await log.committed(GROUP, 't')).get(0);
  onTestFinished(() => expect(log.records('t', 0)).toHaveLength(20));
  return { log, store, ...clock, noticed, troubles, join, joinByHand, committed, commitCheckpoint };
}

/** The log with one member replaced. */
export const withMember = (log: EventLog, name: keyof EventLog, member: unknown): EventLog =>
  new Proxy(log, {
    get(target, asked) {
      const own: unknown = asked === name ? member : Reflect.get(target, asked, target);
      return typeof own === 'function' && asked !== name ? (own.bind(target) as unknown) : own;
    },
  });
