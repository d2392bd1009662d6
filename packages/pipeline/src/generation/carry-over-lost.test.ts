import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../ports/view-store.js';
import type { ViewStore } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import { carriedOf, decided, documentIn, isLevel, withoutHead } from './carried-over.fixture.js';

describe('what is carried over into a new generation, where something is lost', () => {
  it('folds what was carried over on by its views where its checkpoint was lost alone', async () => {
    const world = await withoutHead();
    await world.create();
    const first = world.owner();
    await world.foldAll(first);
    await world.until(() => isLevel(world));
    first.revoke();
    world.loseCheckpointOf(2);
    const owner = world.owner();
    world.run('half');
    world.run('old');
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(decided(world, 2)).toEqual(decided(world, 1));
    expect(documentIn(world, 2, 'half')?.views['run']).not.toHaveProperty('told_by');
    owner.revoke();
  });

  it('carries over once more what a store that went back has lost', async () => {
    const world = await withoutHead();
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => carriedOf(world) !== null);
    const back = world.slotBackTo(2);
    await world.until(() => isLevel(world));
    expect(carriedOf(world)).toMatchObject({ views: { 'run@1': 2 } });
    back();
    expect(carriedOf(world)).toMatchObject({ views: {}, isOver: false });
    world.run('fresh');
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(decided(world, 2)).toEqual(decided(world, 1));
    owner.revoke();
  });

  it('carries over what an owner before left out', async () => {
    const world = await withoutHead();
    world.run('late', 'run.delta', { id: 'early' });
    await world.foldAll(world.projector());
    await world.create();
    const commit: ViewStore['commit'] = (slot, expected, next, writes, notices) => {
      const isHeld = writes.set.some(
        ([name, text]) =>
          name === 'd:run/late' || (name === 'carried' && /"isOver":true/.test(text)),
      );
      if (slot.generation === 2 && isHeld) throw new StoreUnavailable('away for a moment');
      return world.store.commit(slot, expected, next, writes, notices);
    };
    const first = world.owner({ store: { ...bound(world.store), commit } });
    await world.foldAll(first);
    await world.until(() => carriedOf(world)?.views['run@1'] === 2);
    world.run('late', 'run.started');
    await world.foldAll(first);
    await world.until(() => world.checkpointOf(2)?.next === world.checkpointOf(1)?.next);
    first.revoke();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(documentIn(world, 2, 'late')).not.toBeNull();
    expect(decided(world, 2)).toEqual(decided(world, 1));
    owner.revoke();
  });

  it('looks for streams once more where the store was away while it did', async () => {
    const world = await withoutHead();
    await world.create();
    let failures = 2;
    const read: ViewStore['read'] = (slot, reads) => {
      const isList = reads.some(({ kind }) => kind === 'ranked');
      if (!isList || failures === 0) return world.store.read(slot, reads);
      failures -= 1;
      return Promise.reject(new StoreUnavailable('away for a moment'));
    };
    const owner = world.owner({ store: { ...bound(world.store), read } });
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(failures).toBe(0);
    expect(carriedOf(world)).toMatchObject({ views: { 'run@1': 2 } });
    expect(decided(world, 2)).toEqual(decided(world, 1));
    owner.revoke();
  });
});
