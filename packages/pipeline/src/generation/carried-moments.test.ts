import { describe, expect, it } from 'vitest';
import type { Read, ViewStore } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import { decided, isLevel } from './carried-over.fixture.js';
import { openGenerations } from './two-generations.fixture.js';

const RUNS = 500;

/** So many runs of which the log has lost the beginning, and has a claim that is refused. */
async function manyLost() {
  const world = await openGenerations();
  const refuse = (n: number, id: string) =>
    world.append({ subject: `run/${n}`, type: 'run.delta', id, expectedseq: 9 });
  for (let n = 0; n < RUNS; n++) world.append({ subject: `run/${n}` });
  for (let n = 0; n < RUNS; n++) refuse(n, 'again');
  await world.foldAll(world.projector());
  world.log.deleteHead('t', 0, RUNS);
  await world.create();
  return { ...world, refuse };
}

const isOf = (reads: readonly Read[], name: string): boolean =>
  reads.some((read) => read.name === name);

/** All refusals of a slot, but for an owner that reads the slot as a whole. */
const readsRefusals = (reads: readonly Read[]): boolean =>
  isOf(reads, 'refusals') && !isOf(reads, 'rules');

describe('what the live slot has refused', () => {
  it('is read once for all streams that are carried over, and once in the end', async () => {
    const world = await manyLost();
    let count = 0;
    const read: ViewStore['read'] = (slot, reads) => {
      if (slot.generation === 1 && readsRefusals(reads)) count += 1;
      return world.store.read(slot, reads);
    };
    const owner = world.owner({ store: { ...bound(world.store), read } });
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(decided(world, 2)).toEqual(decided(world, 1));
    expect(count).toBe(2);
    owner.revoke();
  });

  it('is read again for streams that were refused something since', async () => {
    const world = await manyLost();
    let looks = 0;
    const read: ViewStore['read'] = async (slot, reads) => {
      if (slot.generation === 1 && isOf(reads, 'refold-state') && !isOf(reads, 'rules')) {
        // Some of those that come next, some that were there.
        for (let n = 0; n < RUNS; n += 50) world.refuse(n, `since ${looks}`);
        looks += 1;
        await world.foldAll(owner);
      }
      return world.store.read(slot, reads);
    };
    const owner = world.owner({ store: { ...bound(world.store), read } });
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(looks).toBeGreaterThan(3);
    expect(Object.keys(decided(world, 1).refusals).length).toBeGreaterThan(RUNS);
    expect(decided(world, 2)).toEqual(decided(world, 1));
    owner.revoke();
  });
});
