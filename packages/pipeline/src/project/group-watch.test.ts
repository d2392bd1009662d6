import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
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
const GROUP = groupOf(PROJECTION);
const NEXT = 10;

/** A log of 20 records, of which a slot has folded 10, and members that come and go. */
async function open() {
  const log = createMemoryEventLog({ clock: () => 1_000 });
  await log.ensureTopics([{ name: 't', partitions: 1 }]);
  for (let n = 0; n < 20; n++) log.appendForeign('t', 0, { key: 'k', value: 'v' });
  const store = createMemoryViewStore();
  let commits = 0;
  let text: string | null = null;
  const commitCheckpoint = async (): Promise<void> => {
    const next = encodeCheckpoint({
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
  const join = async (through: EventLog = log) => {
    const watch = new GroupWatch(
      {
        log: through,
        store,
        timing: clock.timing,
        noticed: (reset) => noticed.push(reset),
        trouble: (_, what) => troubles.push(what),
      },
      PROJECTION,
    );
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
  const committed = async () => (await log.committed(GROUP, 't')).get(0);
  onTestFinished(() => expect(log.records('t', 0)).toHaveLength(20));
  return { log, store, ...clock, noticed, troubles, join, committed, commitCheckpoint };
}

/** The log with one member replaced. */
const withMember = (log: EventLog, name: keyof EventLog, member: unknown): EventLog =>
  new Proxy(log, {
    get(target, asked) {
      const own: unknown = asked === name ? member : Reflect.get(target, asked, target);
      return typeof own === 'function' && asked !== name ? (own.bind(target) as unknown) : own;
    },
  });

/** As members are when they ask their subscription to commit. */
const refusingCommits = (log: EventLog, times: number): EventLog => {
  let left = times;
  return withMember(log, 'subscribe', async (...given: Parameters<EventLog['subscribe']>) => {
    const inner = await log.subscribe(...given);
    return {
      hint: (...hint: Parameters<Subscription['hint']>) => inner.hint(...hint),
      close: () => inner.close(),
      commit: async (...commit: Parameters<Subscription['commit']>) => {
        if (left-- > 0) throw new Error('a rebalance is under way');
        await inner.commit(...commit);
      },
    };
  });
};

describe('the watch of a group', () => {
  it('finds a reset when it takes the partition over, and notes it at the checkpoint', async () => {
    const { log, join, noticed, committed } = await open();
    log.resetGroup(GROUP, 't', 0, 3);
    const { watch, taken } = await join();
    await taken();
    const [reset] = noticed;
    expect(reset).toMatchObject({ partition: 0, target: 3, checkpoint: NEXT });
    expect(watch.pending()).toEqual([reset]);
    const metadata = `refold/1 pending ${reset?.operation} 3 10`;
    expect(await committed()).toEqual({ offset: NEXT, metadata });
  });

  it('keeps the note with every hint until the reset is settled', async () => {
    const { log, join, noticed, committed } = await open();
    log.resetGroup(GROUP, 't', 0, 3);
    const { watch, member, taken } = await join();
    await taken();
    const operation = noticed[0]?.operation ?? '';
    member.hint('t', 0, 12);
    expect(await committed()).toEqual({
      offset: 12,
      metadata: `refold/1 pending ${operation} 3 10`,
    });
    await watch.settle('another');
    member.hint('t', 0, 13);
    expect((await committed())?.metadata).toContain('pending');
    await watch.settle(operation);
    expect(await committed()).toEqual({ offset: 13, metadata: 'refold/1' });
    member.hint('t', 0, 14);
    expect(await committed()).toEqual({ offset: 14, metadata: 'refold/1' });
    expect(watch.pending()).toEqual([]);
  });

  it('hands a reset that is not settled to the next owner', async () => {
    const { log, join, noticed, committed } = await open();
    log.resetGroup(GROUP, 't', 0, 3);
    const first = await join();
    await first.taken();
    first.member.hint('t', 0, 12);
    const before = await committed();
    await first.leave();
    const second = await join();
    await second.taken();
    expect(noticed).toEqual([noticed[0], noticed[0]]);
    expect(second.watch.pending()).toEqual([noticed[0]]);
    expect(first.watch.pending()).toEqual([]);
    expect(await committed()).toEqual(before);
  });

  it('names a reset the same until the slot has committed again', async () => {
    const { log, join, noticed, committed, commitCheckpoint } = await open();
    const noticedAgain = async (): Promise<string> => {
      log.resetGroup(GROUP, 't', 0, 3);
      const { taken, leave } = await join();
      await taken();
      expect((await committed())?.metadata).toContain('pending');
      await leave();
      return noticed.at(-1)?.operation ?? '';
    };
    const first = await noticedAgain();
    expect(await noticedAgain()).toBe(first);
    await commitCheckpoint();
    expect(await noticedAgain()).not.toBe(first);
  });

  it('takes the last of two resets', async () => {
    const { log, join, noticed, committed } = await open();
    log.resetGroup(GROUP, 't', 0, 3);
    const first = await join();
    await first.taken();
    await first.leave();
    log.resetGroup(GROUP, 't', 0, 5);
    const second = await join();
    await second.taken();
    expect(noticed.map(({ target }) => target)).toEqual([3, 5]);
    expect((await committed())?.metadata).toMatch(/ 5 10$/);
  });

  it('refuses a reset that goes ahead, says what it would skip, and puts it right', async () => {
    const { log, join, noticed, troubles, committed } = await open();
    log.resetGroup(GROUP, 't', 0, 17);
    const { member, taken } = await join();
    await taken();
    expect(noticed).toEqual([]);
    expect(troubles).toEqual([expect.stringContaining('would skip 7 offsets')]);
    expect(await committed()).toEqual({ offset: NEXT, metadata: 'refold/1' });
    member.hint('t', 0, 18);
    expect(await committed()).toEqual({ offset: 18, metadata: 'refold/1' });
  });

  it.each([NEXT, -1, -2])('makes %i its own, and no reset of it', async (offset) => {
    const { log, join, noticed, troubles, committed } = await open();
    log.resetGroup(GROUP, 't', 0, offset);
    const { taken } = await join();
    await taken();
    expect([noticed, troubles]).toEqual([[], []]);
    expect(await committed()).toEqual({ offset: NEXT, metadata: 'refold/1' });
  });

  it('asks nothing of a group that has committed nothing', async () => {
    const { join, noticed, committed } = await open();
    const { member, taken } = await join();
    await taken();
    expect(await committed()).toBeNull();
    member.hint('t', 0, NEXT);
    expect([noticed, await committed()]).toEqual([[], { offset: NEXT, metadata: 'refold/1' }]);
  });

  it('gives no hint before it knows what is committed, and does not hold up the partition', async () => {
    const { log, join, noticed, committed, advance, timers } = await open();
    log.resetGroup(GROUP, 't', 0, 3);
    const unanswered = () => new Promise<never>(() => undefined);
    const { member, taken } = await join(withMember(log, 'committed', unanswered));
    await advance(2_000);
    await taken();
    member.hint('t', 0, 12);
    expect(await committed()).toEqual({ offset: 3, metadata: '' });
    expect([noticed, timers.size]).toEqual([[], 0]);
  });

  it('asks again where the group does not answer or does not take the note', async () => {
    const { log, join, noticed, troubles, committed, advance } = await open();
    log.resetGroup(GROUP, 't', 0, 3);
    const { member, taken } = await join(refusingCommits(log, 1));
    await settled();
    expect(troubles).toEqual([expect.stringContaining('a rebalance is under way')]);
    member.hint('t', 0, 12);
    expect(await committed()).toEqual({ offset: 3, metadata: '' });
    await advance(1_000);
    await taken();
    expect(noticed).toHaveLength(1);
    expect((await committed())?.metadata).toMatch(/pending .* 3 10$/);
  });

  it('leaves the group alone once the partition is lost', async () => {
    const { log, join, noticed, committed } = await open();
    log.resetGroup(GROUP, 't', 0, 3);
    let answer = (): void => undefined;
    const slow = async (...given: Parameters<EventLog['committed']>) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return log.committed(...given);
    };
    const { leave } = await join(withMember(log, 'committed', slow));
    await settled();
    await leave();
    await settled();
    answer();
    await settled();
    expect(noticed).toEqual([]);
    expect(await committed()).toEqual({ offset: 3, metadata: '' });
  });

  it('negative control: the first hint of a member without it wipes a reset out', async () => {
    const { log, committed } = await open();
    log.resetGroup(GROUP, 't', 0, 3);
    const member = await log.subscribe(GROUP, ['t'], {
      assigned: async () => NEXT,
      batch: async ({ from }) => from,
      revoked: async () => undefined,
      stopped: () => undefined,
      gatherMs: () => 0,
    });
    member.hint('t', 0, NEXT);
    expect(await committed()).toEqual({ offset: NEXT, metadata: 'refold/1' });
    log.expel(member);
  });
});
