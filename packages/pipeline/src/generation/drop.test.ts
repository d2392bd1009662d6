import { describe, expect, it } from 'vitest';
import type { EventLog } from '../ports/event-log.js';
import { CommitQueue } from '../project/commit-queue.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { NEWER } from '../project/rulebook.fixture.js';
import { LIVE_LAG_MAX, LiveLags } from './live-lags.js';
import { DroppedGeneration } from './dropped-generation.js';
import { generationOf } from './pointer.js';
import { SlotRemoval } from './slot-removal.js';
import { openGenerations, quickTiming } from './two-generations.fixture.js';

const EMPTY = { text: {}, lists: {}, hashes: {}, ranked: {} };

async function swapped() {
  const world = await openGenerations();
  world.claim('run.started');
  for (let n = 0; n < 70; n++) world.claim('run.delta');
  world.append({ subject: 'run/other', type: 'run.started' });
  world.append({ subject: 'run/none', type: 'run.delta' });
  world.log.appendForeign('t', 0, { key: 'r', value: 'no envelope' });
  await world.foldAll(world.projector());
  await world.create();
  const owner = world.owner();
  await world.foldAll(owner);
  await world.until(() => world.checkpointOf(2)?.next === 74);
  await world.swap('swap', 2);
  await world.until(() => world.roles().join() === 'aside,live');
  return { world, owner };
}

describe('a generation that is dropped', () => {
  it('leaves nothing but a sign, and the pointer forgets it', async () => {
    const { world, owner } = await swapped();
    await world.drop('drop', 1);
    await world.foldAll(owner);
    await world.until(async () => !(await world.pointer()).generations.has(1));
    const { checkpoint, ...left } = world.dumpOf(1);
    expect(left).toEqual(EMPTY);
    expect(checkpoint).toMatch(/\|dropped\|/);
    const removed = { kind: 'dropped', generation: 1, streams: { 0: 2 } };
    expect((await world.pointer()).done.get('drop')).toEqual(removed);
    expect(world.roles()).toEqual(['dropped', 'live']);
    world.claim('run.delta');
    await world.foldAll(owner);
    expect(world.checkpointOf(2)?.next).toBe(75);
    owner.revoke();
  });

  it('is a build that was not wanted, too', async () => {
    const world = await openGenerations();
    world.claim('run.started');
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(2)?.next === 1);
    await world.drop('drop', 2);
    await world.foldAll(owner);
    await world.until(async () => !(await world.pointer()).generations.has(2));
    expect(world.dumpOf(2)).toMatchObject(EMPTY);
    expect(world.checkpointOf(1)?.role).toBe('live');
    owner.revoke();
  });

  it('is removed to the end by whoever owns the partition next, wherever its owner was stopped', async () => {
    for (let steps = 0; steps < 24; steps += 3) {
      const { world, owner } = await swapped();
      await world.drop('drop', 1);
      await world.foldAll(owner);
      for (let n = 0; n < steps; n++) await new Promise((resolve) => setImmediate(resolve));
      owner.revoke();
      const next = world.owner();
      await world.foldAll(next);
      await world.until(async () => !(await world.pointer()).generations.has(1));
      expect(world.dumpOf(1), `${steps} steps`).toMatchObject(EMPTY);
      const { done } = await world.pointer();
      expect(done.get('drop'), `${steps} steps`).toMatchObject({ streams: { 0: 2 } });
      next.revoke();
    }
  });

  it('is not taken for one of the same number that was built after everything was lost', async () => {
    const world = await openGenerations();
    world.claim('run.started');
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(2)?.next === 1);
    const before = world.dumpOf(2);
    const { store, log, projection } = world;
    const ports: ProjectorPorts = {
      ...{ store, log, rulebook: NEWER, timing: quickTiming(), commitId: () => 'late' },
      committed: () => undefined,
      trouble: () => undefined,
      mirror: async () => [],
    };
    // What began when another generation of that number was dropped.
    const late = new SlotRemoval(ports, generationOf(projection, 2), 0, async () => undefined);
    expect(await late.run()).toBe(false);
    expect(world.dumpOf(2)).toEqual(before);
    await world.drop('drop', 2);
    expect(await late.run()).toBe(true);
    expect(world.checkpointOf(2)?.role).toBe('dropped');
    owner.revoke();
  });

  it('leaves time to others where it reads on and finds nothing, and all of it while live folding lags', async () => {
    const { world, owner } = await swapped();
    owner.revoke();
    await world.drop('drop', 1);
    let [reads, lag] = [0, LIVE_LAG_MAX + 1];
    const slept: number[] = [];
    const quick = quickTiming();
    const ports: ProjectorPorts = {
      ...{ store: world.store, rulebook: NEWER, commitId: () => `d${reads}` },
      timing: {
        ...quick,
        sleep: async (ms) => {
          if (slept.push(ms) > 50) lag = LIVE_LAG_MAX;
          await quick.sleep(ms);
        },
      },
      log: Object.assign(Object.create(world.log) as EventLog, {
        read: async (...args: Parameters<EventLog['read']>) => {
          reads += 1;
          const batch = await world.log.read(...args);
          return { ...batch, records: [], next: Math.min(batch.next, args[2] + 10) };
        },
      }),
      committed: () => undefined,
      trouble: () => undefined,
      mirror: async () => [],
    };
    const live = () => ({ where: 't/0', next: 74, lag, isSealed: false, isStill: false });
    const dropped = new DroppedGeneration(
      { ports, live, lags: new LiveLags() },
      world.projection,
      0,
      1,
    );
    const running = dropped.run(new CommitQueue());
    await world.until(() => slept.length > 20);
    expect(reads).toBe(1);
    await running;
    expect(slept.length).toBeGreaterThan(50 + reads);
    expect(reads).toBeGreaterThanOrEqual(8);
    expect(world.roles()).toEqual(['dropped', 'live']);
  });

  it('is removed where the log no longer has its claims', async () => {
    const { world, owner } = await swapped();
    world.log.deleteHead('t', 0, 74);
    await world.drop('drop', 1);
    await world.foldAll(owner);
    await world.until(async () => !(await world.pointer()).generations.has(1));
    const { ranked, lists, text } = world.dumpOf(1);
    expect({ ranked, lists, text }).toEqual({ ranked: {}, lists: {}, text: {} });
    owner.revoke();
  });
});
