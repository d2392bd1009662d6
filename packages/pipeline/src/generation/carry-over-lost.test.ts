import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../ports/view-store.js';
import type { ViewStore } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import { openGenerations } from './two-generations.fixture.js';
import {
  carriedOf,
  decided,
  documentIn,
  isLevel,
  withJoined,
  withoutHead,
} from './carried-over.fixture.js';

const HOUR_MS = 3_600_000;

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
    const world = await withJoined();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(documentIn(world, 2, 'late')).not.toBeNull();
    expect(decided(world, 2)).toEqual(decided(world, 1));
    owner.revoke();
  });

  // What was refused at 1 has lapsed when `old` is read, at 5. Were it put in where the slot stands after the store was
  // away, at 2, the copy at 3 would be refused as if it were the first.
  it('puts nothing in where the slot does not come to stand where it was read', async () => {
    const world = await openGenerations();
    const old = (more: object) => world.append({ subject: 'run/old', ...more });
    const refused = () => old({ type: 'run.delta', id: 'refused', expectedseq: 9 });
    old({ type: 'run.started' });
    refused();
    world.append({ subject: 'run/fresh' });
    await world.foldAll(world.projector());
    expect(Object.keys(decided(world, 1).refusals)).toHaveLength(1);
    world.log.deleteHead('t', 0, 2);
    await world.create();
    let isAsked = false;
    let search: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (search = resolve));
    let isRead = false;
    let failures = 1;
    const read: ViewStore['read'] = async (slot, reads) => {
      if (reads.some(({ kind }) => kind === 'ranked')) {
        isAsked = true;
        await held;
      }
      isRead ||= isAsked && reads.some(({ name }) => name === 'd:run/old');
      return world.store.read(slot, reads);
    };
    const commit: ViewStore['commit'] = (slot, expected, next, writes, notices) => {
      const isFold = slot.generation === 2 && !writes.set.some(([name]) => name === 'carried');
      if (isFold && isRead && failures > 0) {
        failures -= 1;
        return Promise.reject(new StoreUnavailable('away for a moment'));
      }
      return world.store.commit(slot, expected, next, writes, notices);
    };
    const owner = world.owner({ store: { ...bound(world.store), read, commit } });
    await world.foldAll(owner);
    await world.until(() => isAsked);
    expect(world.checkpointOf(2)?.next).toBeLessThan(4);
    world.skip(20 * HOUR_MS);
    refused();
    world.skip(10 * HOUR_MS);
    world.append({ subject: 'run/fresh' });
    await world.foldAll(owner);
    search();
    await world.until(() => isLevel(world));
    expect(failures).toBe(0);
    expect(decided(world, 1).refusals).toEqual({});
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
