import type { VerdictNotice } from '@refold/contracts';
import { plainSlot } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { noWrites, slotTag } from '../ports/view-store.js';
import { ProjectionReader } from '../read/projection-reader.js';
import { slotOf, wakeChannel } from '../projection.js';
import { encodeCheckpoint } from '../slot/checkpoint.js';
import { beginSwap } from './change-pointer.js';
import { generationOf, pointerSlot } from './pointer.js';
import { SEAL_MS_MAX } from './owned-swap.js';
import { openGenerations } from './two-generations.fixture.js';
import type { GenerationWorld } from './two-generations.fixture.js';

const LETTER = { key: 'r', value: 'no envelope' };

/** Verdicts by offset, as often as they were told, and commits that woke somebody. */
async function listenTo({ store, projection }: GenerationWorld) {
  const told = new Map<number, number>();
  const woken: string[] = [];
  await store.listen('refold:reply:door', {
    message: (text) => {
      for (const { offset } of JSON.parse(text) as VerdictNotice[]) {
        told.set(offset, (told.get(offset) ?? 0) + 1);
      }
    },
    resumed: () => undefined,
  });
  await store.listen(wakeChannel(projection), {
    message: (text) => woken.push(text),
    resumed: () => undefined,
  });
  return { told, woken };
}

const startAndDeltas = (world: GenerationWorld, deltas: number) => {
  world.claim('run.started');
  for (let n = 0; n < deltas; n++) world.claim('run.delta');
};

const onlyOnce = (world: GenerationWorld, told: ReadonlyMap<number, number>) => {
  const next = world.checkpointOf(1)?.next ?? 0;
  const offsets = Array.from({ length: next }, (_, offset) => [offset, 1]);
  expect([...told].sort(([a], [b]) => a - b)).toEqual(offsets);
};

const seen = async ({ store, projection }: GenerationWorld) => {
  const reader = new ProjectionReader(store, projection);
  const { document, position } = await reader.document('run', 'r');
  return { view: document?.views['run'], next: position.next };
};

/** An owner of the old build, then one of the new: generation 1 has the first view. */
async function built(deltas = 5) {
  const world = await openGenerations();
  startAndDeltas(world, deltas);
  await world.foldAll(world.projector());
  await world.create();
  const owner = world.owner();
  await world.foldAll(owner);
  await world.until(() => world.checkpointOf(2)?.next === deltas + 1);
  return { world, owner };
}

/** The swap is asked for, and whoever waits for the live slot waits for its end. */
async function swapTo(world: GenerationWorld, operation: string, to: number) {
  await world.swap(operation, to);
  await world.until(async () => (await world.pointer()).done.has(operation));
  await world.until(() => world.checkpointOf(to)?.role === 'live');
  await world.until(() => world.checkpointOf(to === 1 ? 2 : 1)?.role === 'aside');
}

describe('a generation aside', () => {
  it('is what a fresh fold with its views is, and tells nobody', async () => {
    const world = await openGenerations();
    const { told, woken } = await listenTo(world);
    startAndDeltas(world, 5);
    world.log.appendForeign('t', 0, LETTER);
    const mirrored: number[] = [];
    const mirror = async (letters: readonly { offset: number }[]) =>
      letters.map(({ offset }) => {
        mirrored.push(offset);
        return { kind: 'mirrored' as const };
      });
    const before = world.projector({ mirror });
    await world.foldAll(before);
    await world.until(() => mirrored.length === 1);
    await world.foldAll(before);
    const wakes = woken.length;
    await world.create();
    const owner = world.owner({ mirror });
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(2)?.next === 7);
    expect(world.roles()).toEqual(['live', 'aside']);
    const is = plainSlot(world.dumpOf(2));
    const { 'dead-letters-pending': pending, ...fresh } = await world.fresh();
    const checkpoint = String(fresh['checkpoint']).replace('|live|', '|aside|');
    expect(is).toEqual({ ...fresh, checkpoint });
    expect(pending).not.toBeUndefined();
    expect([...told.values()]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(woken.length).toBe(wakes);
    expect(mirrored).toEqual([6]);
    owner.revoke();
  });

  it('never passes the live one, and goes on from its own checkpoint', async () => {
    const { world, owner } = await built();
    world.claim('run.delta');
    const other = world.owner();
    owner.revoke();
    await other.position();
    for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.checkpointOf(2)?.next).toBe(6);
    await world.foldAll(other);
    await world.until(() => world.checkpointOf(2)?.next === 7);
    other.revoke();
  });

  it('stands still where this build has not its views, and live folding goes on', async () => {
    const world = await openGenerations();
    startAndDeltas(world, 2);
    await world.create('build', 'run@3');
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => owner.asides()[0]?.stopped);
    expect(owner.asides()).toMatchObject([{ generation: 2, next: null, end: 3 }]);
    expect(owner.asides()[0]?.stopped?.message).toMatch(/views run@3/);
    world.claim('run.delta');
    await world.foldAll(owner);
    expect(world.checkpointOf(1)?.next).toBe(4);
    owner.revoke();
  });
});

describe('a swap', () => {
  it('makes the next generation live exactly where the last one stood, and tells every verdict once', async () => {
    const world = await openGenerations();
    const { told } = await listenTo(world);
    startAndDeltas(world, 5);
    await world.foldAll(world.projector());
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(2)?.next === 6);
    expect(await seen(world)).toEqual({ view: { last_event_type: 'run.delta' }, next: 6 });
    await swapTo(world, 'swap', 2);
    expect(world.roles()).toEqual(['aside', 'live']);
    expect(await world.live()).toBe(2);
    const view = { last_event_type: 'run.delta', told_by: 'version 2' };
    expect(await seen(world)).toEqual({ view, next: 6 });
    world.claim('my.event');
    await world.foldAll(owner);
    expect(owner.generation).toBe(2);
    expect(world.checkpointOf(2)?.next).toBe(7);
    await world.until(() => world.checkpointOf(1)?.next === 7);
    onlyOnce(world, told);
    owner.revoke();
  });

  it('goes back the same way, without a word more', async () => {
    const { world, owner } = await built();
    const { told } = await listenTo(world);
    await swapTo(world, 'swap', 2);
    world.claim('my.event');
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(1)?.next === 7);
    await swapTo(world, 'back', 1);
    expect(world.roles()).toEqual(['live', 'aside']);
    expect(await seen(world)).toEqual({ view: { last_event_type: 'my.event' }, next: 7 });
    world.claim('run.delta');
    await world.foldAll(owner);
    expect([...told]).toEqual([
      [6, 1],
      [7, 1],
    ]);
    owner.revoke();
  });

  it('holds a batch back while the partition is sealed, and folds it by the next generation', async () => {
    const { world, owner } = await built();
    world.claim('my.event');
    await world.swap('swap', 2);
    await world.until(() => world.roles()[0] === 'sealed');
    await world.foldAll(owner);
    expect(world.checkpointOf(2)).toMatchObject({ role: 'live', next: 7 });
    owner.revoke();
  });

  it('is gone on with by whoever owns the partition next, wherever its owner was stopped', async () => {
    for (let steps = 0; steps < 40; steps++) {
      const { world, owner } = await built(3);
      await world.swap('swap', 2);
      const running = owner.position();
      for (let n = 0; n < steps; n++) await new Promise((resolve) => setImmediate(resolve));
      owner.revoke();
      await running.catch(() => undefined);
      const { told } = await listenTo(world);
      const next = world.owner();
      world.claim('my.event');
      await world.foldAll(next);
      await world.until(async () => (await world.live()) === 2);
      await world.until(() => world.roles().join() === 'aside,live');
      world.claim('run.delta');
      await world.foldAll(next);
      expect([...told.values()], `${steps} steps`).toEqual([1, 1]);
      next.revoke();
    }
  });

  it('is given up where another partition is never sealed: nobody waits for ever', async () => {
    const { world, owner } = await built();
    const { store, projection } = world;
    for (const generation of [1, 2]) {
      const checkpoint = world.checkpointOf(generation);
      if (checkpoint === null) throw new Error('not built');
      const slot = slotOf(generationOf(projection, generation), 1);
      await store.commit(slot, null, encodeCheckpoint(checkpoint), noWrites(), []);
    }
    await beginSwap(world.ports, projection, { operation: 'swap', to: 2, partitions: [0, 1] });
    await world.until(async () => (await world.pointer()).done.has('swap'));
    const reason = expect.stringContaining(
      `partition 0 was sealed for ${SEAL_MS_MAX} ms`,
    ) as string;
    expect((await world.pointer()).done.get('swap')).toEqual({ kind: 'given_up', reason });
    await world.until(() => world.roles().join() === 'live,aside');
    world.claim('run.delta');
    await world.foldAll(owner);
    expect(world.checkpointOf(1)?.next).toBe(7);
    owner.revoke();
  });

  it('is undone where the pointer alone comes back older: its slot is live from where it stands', async () => {
    const { world, owner } = await built();
    const { store, projection } = world;
    const before = store.capture();
    await swapTo(world, 'swap', 2);
    world.claim('run.delta');
    await world.foldAll(owner);
    await world.until(() => world.checkpointOf(1)?.next === 7);
    owner.revoke();
    const { slots, pins } = store.capture();
    const tag = slotTag(pointerSlot(projection));
    const pointer = before.slots.get(tag);
    if (pointer === undefined) throw new Error('there was no pointer');
    store.restore({ slots: new Map([...slots, [tag, pointer]]), pins });
    const next = world.owner();
    await next.position();
    expect(next.generation).toBe(1);
    await world.until(() => world.roles().join() === 'live,aside');
    world.claim('run.delta');
    await world.foldAll(next);
    await world.until(() => world.checkpointOf(2)?.next === 8);
    expect(world.checkpointOf(1)?.next).toBe(8);
    next.revoke();
  });
});
