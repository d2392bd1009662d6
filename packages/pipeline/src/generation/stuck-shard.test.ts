import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../ports/view-store.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import { openGenerations } from './two-generations.fixture.js';

const NEVER = new Promise<never>(() => undefined);

/** Slots of a generation that the store has, and does not answer for: those of the pointer are of generation 0. */
async function openSharded() {
  const world = await openGenerations();
  world.claim('run.started');
  for (let n = 0; n < 5; n++) world.claim('run.delta');
  await world.foldAll(world.projector());
  await world.create();
  let away: (slot: Slot) => Promise<void> = async () => undefined;
  const read: ViewStore['read'] = async (slot, reads) => {
    await away(slot);
    return world.store.read(slot, reads);
  };
  const commit: ViewStore['commit'] = async (slot, ...rest) => {
    await away(slot);
    return world.store.commit(slot, ...rest);
  };
  const store: ViewStore = { ...bound(world.store), read, commit };
  const stick = (generation: number, how: () => Promise<void> = () => NEVER): void => {
    away = async (slot) => {
      if (slot.generation === generation) await how();
    };
  };
  const owner = world.owner({ store });
  await world.foldAll(owner);
  await world.until(() => world.checkpointOf(2)?.next === 6);
  return { ...world, sharded: store, stick, first: owner };
}

describe('a partition one of whose slots is stuck', () => {
  it.each([
    ['a generation aside', 2],
    ['the pointer', 0],
  ])('is folded on where it is that of %s', async (_, generation) => {
    const world = await openSharded();
    world.stick(generation);
    for (let next = 7; next < 20; next++) {
      world.claim('run.delta');
      expect(await world.first.handle(await world.read(next - 1))).toBe(next);
      expect(world.checkpointOf(1)?.next).toBe(next);
      // Looks become due meanwhile, and the generation aside begins a commit.
      for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    }
    world.first.revoke();
  });

  it('is taken over by its live slot where the pointer does not answer', async () => {
    const world = await openSharded();
    world.first.revoke();
    world.stick(0, () => Promise.reject(new StoreUnavailable('away')));
    const next = world.owner({ store: world.sharded });
    world.claim('run.delta');
    await world.foldAll(next);
    expect(world.checkpointOf(1)?.next).toBe(7);
    next.revoke();
  });

  it('is held by a swap for a bounded time where it is that of the next generation', async () => {
    const world = await openSharded();
    const { checkpoint } = world.dumpOf(1);
    world.claim('run.delta');
    await world.foldAll(world.first);
    expect(world.dumpOf(1).checkpoint).not.toBe(checkpoint);
    // The live one is sealed, and then nothing more can be written of the other.
    world.stick(2, async () => {
      if (world.roles()[0] === 'sealed') await NEVER;
    });
    await world.swap('swap', 2);
    await world.until(() => world.roles()[0] === 'sealed');
    await world.until(async () => (await world.pointer()).done.has('swap'));
    expect((await world.pointer()).done.get('swap')).toMatchObject({ kind: 'given_up' });
    world.claim('run.delta');
    await world.foldAll(world.first);
    expect(world.checkpointOf(1)?.next).toBe(8);
    world.first.revoke();
  });
});
