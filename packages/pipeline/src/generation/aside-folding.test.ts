import { describe, expect, it } from 'vitest';
import type { EventLog } from '../ports/event-log.js';
import { LIVE_LAG_MAX, LiveLags } from './live-lags.js';
import { openGenerations } from './two-generations.fixture.js';

const READ_MS = 10;

/** Longer pauses than those that leave a share of the time: they take none here. */
const PAUSE_MS = 100;

/** A clock that only goes on while the log is read, so many records at once, and in the pauses after that. */
async function timed(share: number, atOnce = 100, lags = new LiveLags()) {
  const world = await openGenerations();
  for (let n = 0; n < 6; n++) world.claim(n === 0 ? 'run.started' : 'run.delta');
  await world.foldAll(world.projector());
  await world.create('build', 'run@2', share);
  const sleeps: number[] = [];
  let now = 0;
  const owner = world.owner({
    lags,
    timing: {
      now: () => now,
      sleep: async (ms) => {
        sleeps.push(ms);
        if (ms < PAUSE_MS) now += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
      after: () => () => undefined,
      tick: () => new Promise((resolve) => setImmediate(resolve)),
    },
    log: Object.assign(Object.create(world.log) as EventLog, {
      read: async (...args: Parameters<EventLog['read']>) => {
        now += READ_MS;
        const batch = await world.log.read(...args);
        const records = batch.records.slice(0, atOnce);
        const next = Math.min(batch.next, args[2] + records.length);
        return { ...batch, records, next };
      },
    }),
  });
  return { world, owner, sleeps };
}

describe('folding aside', () => {
  it.each([
    [0.25, 30],
    [0.5, 10],
    [0.8, 2.5],
  ])('takes its share of the time, %d, and leaves the rest', async (share, pause) => {
    const { world, owner, sleeps } = await timed(share);
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(2)?.next === 6);
    await world.until(() => (owner.asides()[0]?.recordsPerSecond ?? null) !== null);
    expect(sleeps.map((ms) => Math.round(ms * 100) / 100)).toContain(pause);
    const [aside] = owner.asides();
    const rate = 6_000 / (READ_MS + pause);
    expect(aside).toMatchObject({ generation: 2, next: 6, end: 6, stopped: null });
    expect(aside?.recordsPerSecond).toBeCloseTo(rate, 6);
    owner.revoke();
  });

  it('with a small share stays behind for half a second at most, once it stands where live folding does', async () => {
    const { world, owner, sleeps } = await timed(0.01, 2);
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(2)?.next === 6);
    await world.until(() => sleeps.includes(500));
    const pauses = sleeps.map(Math.round).filter((ms) => ms === 990 || ms === 500);
    expect(pauses).toEqual([990, 990, 500]);
    owner.revoke();
  });

  it('waits for no pause of a generation that has a smaller share', async () => {
    const world = await openGenerations();
    for (let n = 0; n < 6; n++) world.claim(n === 0 ? 'run.started' : 'run.delta');
    await world.foldAll(world.projector());
    await world.create('slow', 'run@2', 0.02);
    await world.create('quick', 'run@2', 1);
    let now = 0;
    const tick = () => new Promise<void>((resolve) => void setImmediate(resolve));
    const owner = world.owner({
      timing: {
        now: () => now,
        // The pause after a read at that share never ends.
        sleep: (ms) => (Math.round(ms) === READ_MS * 49 ? new Promise(() => undefined) : tick()),
        after: () => () => undefined,
        tick,
      },
      log: Object.assign(Object.create(world.log) as EventLog, {
        read: async (...args: Parameters<EventLog['read']>) => {
          now += READ_MS;
          return world.log.read(...args);
        },
      }),
    });
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(2)?.next === 6 && world.checkpointOf(3)?.next === 6);
    world.claim('run.delta');
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(3)?.next === 7);
    expect(world.checkpointOf(2)?.next).toBe(6);
    owner.revoke();
  });

  it('waits as long as live folding lags more than its bound', async () => {
    const { world, owner, sleeps } = await timed(1);
    const next = await owner.position();
    const batch = await world.read(next);
    await owner.handle({ ...batch, end: next + LIVE_LAG_MAX + 1 });
    const before = sleeps.length;
    await world.until(() => sleeps.length > before + 20);
    expect(world.checkpointOf(2)?.next ?? 0).toBe(0);
    await owner.handle({ ...batch, end: next + LIVE_LAG_MAX });
    await world.until(() => world.checkpointOf(2)?.next === 6);
    owner.revoke();
  });

  it('waits for other partitions of the process, too, but for none that cannot be folded on now', async () => {
    const lags = new LiveLags();
    const { world, owner, sleeps } = await timed(1, 100, lags);
    const other = { where: 'w/0', next: 0, lag: LIVE_LAG_MAX + 1, isSealed: false, isStill: false };
    const progress = () => other;
    lags.add(progress);
    await world.foldAll(owner);
    const stands = async (next: number): Promise<void> => {
      const before = sleeps.length;
      await world.until(() => sleeps.length > before + 20);
      expect(world.checkpointOf(2)?.next ?? 0).toBe(next);
    };
    await stands(0);
    other.isSealed = true;
    await world.until(() => world.checkpointOf(2)?.next === 6);
    world.claim('run.delta');
    Object.assign(other, { isSealed: false });
    await world.foldAll(owner);
    await stands(6);
    // Nobody was told how far it lags.
    other.lag = Number.POSITIVE_INFINITY;
    await world.until(() => world.checkpointOf(2)?.next === 7);
    world.claim('run.delta');
    other.lag = LIVE_LAG_MAX + 1;
    await world.foldAll(owner);
    await stands(7);
    lags.remove(progress);
    await world.until(() => world.checkpointOf(2)?.next === 8);
    owner.revoke();
  });
});
