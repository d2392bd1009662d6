import { describe, expect, it } from 'vitest';
import type { EventLog, Subscription } from '../ports/event-log.js';
import { settled } from '../timing.fixture.js';
import { GROUP, NEXT, openWatched as open, withMember } from './group-watch.fixture.js';

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
