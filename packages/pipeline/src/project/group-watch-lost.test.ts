import { describe, expect, it, vi } from 'vitest';
import type { EventLog } from '../ports/event-log.js';
import { settled } from '../timing.fixture.js';
import { GROUP, openWatched as open, withMember } from './group-watch.fixture.js';

describe('the watch of a group, where a partition is lost while it is looked at,', () => {
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

  it('takes no answer for a partition that was asked for before it was lost', async () => {
    const { log, joinByHand, noticed, committed } = await open();
    const answers: (() => void)[] = [];
    const slow = async (...given: Parameters<EventLog['committed']>) => {
      const early = await log.committed(...given);
      await new Promise<void>((resolve) => answers.push(resolve));
      return early;
    };
    const { take, lose } = await joinByHand(withMember(log, 'committed', slow));
    await take();
    await lose();
    log.resetGroup(GROUP, 't', 0, 3);
    await take();
    for (const answer of answers) answer();
    await settled();
    expect(noticed).toHaveLength(1);
    expect((await committed())?.metadata).toMatch(/pending .* 3 10$/);
  });

  it('puts nothing into the group that it found before the partition was lost', async () => {
    const { log, store, joinByHand, noticed, committed } = await open();
    const { take, lose } = await joinByHand();
    log.resetGroup(GROUP, 't', 0, 5);
    let answer = (): void => undefined;
    const read = vi.spyOn(store, 'read').mockImplementationOnce(async (...given) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return store.read(...given);
    });
    await take();
    expect(read).toHaveBeenCalledOnce();
    await lose();
    log.resetGroup(GROUP, 't', 0, 3);
    await take();
    answer();
    await settled();
    expect(noticed.map(({ target }) => target)).toEqual([3]);
    expect((await committed())?.metadata).toMatch(/pending .* 3 10$/);
  });
});
