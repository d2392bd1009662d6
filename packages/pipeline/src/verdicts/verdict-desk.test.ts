import { replyChannel } from '@refold/contracts';
import type { Verdict, VerdictNotice } from '@refold/contracts';
import { createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { handTiming, settled } from '../timing.fixture.js';
import { VerdictDesk } from './verdict-desk.js';

const SLOT = { projection: 'p', generation: 1, partition: 0 };

const accepted = (seq: number): Verdict => ({
  kind: 'accepted',
  seq,
  status: 'running',
  recorded_at: 0,
});

async function open(waitersMax = 10) {
  const store = createMemoryViewStore();
  const { timing, advance, timers } = handTiming();
  const desk = new VerdictDesk(store, timing, 'door', waitersMax);
  await desk.start();
  let commits = 0;
  const say = (message: string, instance = 'door') => {
    const expected = commits === 0 ? null : `c${commits}`;
    const notice = { channel: replyChannel(instance), message };
    store.commitNow(SLOT, expected, `c${++commits}`, noWrites(), [notice]);
  };
  const tell = (...notices: [partition: number, offset: number, seq: number][]) =>
    say(
      JSON.stringify(
        notices.map(([partition, offset, seq]): VerdictNotice => ({
          topic: 't',
          partition,
          offset,
          verdict: accepted(seq),
        })),
      ),
    );
  return { store, desk, advance, timers, say, tell };
}

describe('VerdictDesk', () => {
  it('gives each waiter the verdict on its own place', async () => {
    const { desk, tell, timers } = await open();
    const waits = [desk.wait('t', 0, 5, 1000), desk.wait('t', 1, 5, 1000)];
    tell([1, 5, 11], [0, 5, 10], [0, 6, 99]);
    expect(await Promise.all(waits)).toEqual([accepted(10), accepted(11)]);
    expect(desk.waiting).toBe(0);
    expect(timers.size).toBe(0);
  });

  it('keeps a verdict that came before its acknowledgement, once', async () => {
    const { desk, tell, advance } = await open();
    tell([0, 5, 10]);
    expect(await desk.wait('t', 0, 5, 1000)).toEqual(accepted(10));
    const again = desk.wait('t', 0, 5, 1000);
    await advance(1000);
    expect(await again).toBeNull();
  });

  it('answers null when the time is over, and keeps what comes later', async () => {
    const { desk, tell, advance } = await open();
    const wait = desk.wait('t', 0, 5, 1000);
    await advance(999);
    expect(desk.waiting).toBe(1);
    await advance(1);
    expect(await wait).toBeNull();
    tell([0, 5, 10]);
    expect(await desk.wait('t', 0, 5, 0)).toEqual(accepted(10));
  });

  it('lets nobody wait beyond its bound, nor for no time', async () => {
    const { desk, tell } = await open(1);
    const first = desk.wait('t', 0, 1, 1000);
    expect(await desk.wait('t', 0, 2, 1000)).toBeNull();
    expect(await desk.wait('t', 0, 3, 0)).toBeNull();
    tell([0, 1, 10]);
    expect(await first).toEqual(accepted(10));
  });

  it('sends everybody to their receipts after a gap, and when it stops', async () => {
    const { desk, store } = await open();
    const waits = [desk.wait('t', 0, 1, 1000), desk.wait('t', 0, 2, 1000)];
    store.interrupt();
    expect(await Promise.all(waits)).toEqual([null, null]);
    const last = desk.wait('t', 0, 3, 1000);
    await desk.stop();
    expect(await last).toBeNull();
  });

  it('hears nobody else, and survives what is no notice', async () => {
    const { desk, say, tell, advance } = await open();
    const wait = desk.wait('t', 0, 5, 1000);
    say(JSON.stringify([{ topic: 't', partition: 0, offset: 5, verdict: accepted(1) }]), 'other');
    for (const text of ['', 'no json', '{}', 'null', '7', '[]', '[null]', '[7]', '[{}]']) say(text);
    await settled();
    expect(desk.waiting).toBe(1);
    tell([0, 5, 10]);
    expect(await wait).toEqual(accepted(10));
    await advance(0);
  });
});
