import { createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { noWrites, slotTag } from '../ports/view-store.js';
import type { Slot } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { decodeCheckpoint, encodeCheckpoint } from '../slot/checkpoint.js';
import { SEAL } from '../slot/names.js';
import { beginSwap, createGeneration, giveUpSwap } from './change-pointer.js';
import { flipSwap } from './flip-swap.js';
import { generationOf, liveGeneration, pointerSlot } from './pointer.js';
import { readPointer } from './stored-pointer.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 2,
  generation: 1,
};

const S = 7;

/** Both slots of two partitions, sealed at one offset by the swap that is under way. */
async function open() {
  const store = createMemoryViewStore();
  let ids = 0;
  const ports = { store, commitId: () => `c${ids++}` };
  const write = async (slot: Slot, next: number, seal: string | null) => {
    const writes = noWrites();
    if (seal === null) writes.remove.push(SEAL);
    else writes.set.push([SEAL, seal]);
    const role = seal === null ? ('live' as const) : ('sealed' as const);
    const checkpoint = { format: 3, decider: 1, views: 'run@1', time: 0, last: null } as const;
    const text = encodeCheckpoint({ ...checkpoint, next, role, commitId: ports.commitId() });
    await store.commit(slot, store.dump(slot).checkpoint, text, writes, []);
  };
  const slots = [1, 2].flatMap((generation) =>
    [0, 1].map((partition) => slotOf(generationOf(PROJECTION, generation), partition)),
  );
  const begin = (operation: string) =>
    beginSwap(ports, PROJECTION, { operation, to: 2, partitions: [0, 1] });
  const giveUp = (operation: string) => giveUpSwap(ports, PROJECTION, operation, 'late');
  await createGeneration(ports, PROJECTION, { operation: 'build', views: 'run@2', share: 1 });
  await begin('swap');
  for (const slot of slots) await write(slot, S, 'swap');
  const lives = async () => {
    const pointer = await readPointer(store, PROJECTION);
    return [0, 1].map((partition) => liveGeneration(pointer, partition));
  };
  return { store, ports, slots, write, begin, giveUp, lives };
}

describe('the pointer of a swap', () => {
  it('changes where both slots of every partition are sealed by it at one offset', async () => {
    const { ports, lives } = await open();
    await flipSwap(ports, PROJECTION, 'swap');
    expect(await lives()).toEqual([2, 2]);
  });

  it('stays where the log knows the end of the operation, behind which the store went back', async () => {
    const { ports, lives } = await open();
    const asked: [string, readonly number[]][] = [];
    const hasEnded = async (operation: string, partitions: readonly number[]) =>
      asked.push([operation, partitions]) > 0;
    const why = 'the operation swap is over by the log: repeat what is still wanted';
    expect(await flipSwap({ ...ports, hasEnded }, PROJECTION, 'swap')).toBe(why);
    expect(asked).toEqual([['swap', [0, 1]]]);
    expect(await lives()).toEqual([1, 1]);
    const silent = () => Promise.reject(new Error('no leader'));
    await expect(flipSwap({ ...ports, hasEnded: silent }, PROJECTION, 'swap')).rejects.toThrow();
    expect(await lives()).toEqual([1, 1]);
  });

  it.each([0, 1, 2, 3])('stays while slot %i of the four is not sealed', async (n) => {
    const { ports, slots, write, lives } = await open();
    await write(slots[n] as Slot, S, null);
    await flipSwap(ports, PROJECTION, 'swap');
    expect(await lives()).toEqual([1, 1]);
  });

  it.each([0, 1, 2, 3])('stays while slot %i of the four stands elsewhere', async (n) => {
    const { ports, slots, write, lives } = await open();
    await write(slots[n] as Slot, S + 1, 'swap');
    await flipSwap(ports, PROJECTION, 'swap');
    expect(await lives()).toEqual([1, 1]);
  });

  it.each([0, 1, 2, 3])(
    'stays while slot %i of the four has the seal of the swap before, which its owner is about to lift',
    async (n) => {
      const { ports, slots, write, begin, giveUp, lives } = await open();
      await giveUp('swap');
      await begin('next');
      for (const [at, slot] of slots.entries()) await write(slot, S, at === n ? 'swap' : 'next');
      await flipSwap(ports, PROJECTION, 'next');
      expect(await lives()).toEqual([1, 1]);
      await write(slots[n] as Slot, S, 'next');
      await flipSwap(ports, PROJECTION, 'next');
      expect(await lives()).toEqual([2, 2]);
    },
  );

  it('stays where the swap was given up after the slots were read: a seal may be lifted by then', async () => {
    const { store, ports, slots, write, giveUp, lives } = await open();
    const commit: typeof store.commit = async (slot, ...rest) => {
      if (slotTag(slot) === slotTag(pointerSlot(PROJECTION))) {
        await giveUp('swap');
        await write(slots[0] as Slot, S + 1, null);
      }
      return store.commit(slot, ...rest);
    };
    await flipSwap({ ...ports, store: { ...bound(store), commit } }, PROJECTION, 'swap');
    expect(await lives()).toEqual([1, 1]);
    const { checkpoint } = store.dump(slots[0] as Slot);
    expect(decodeCheckpoint(checkpoint ?? '')).toMatchObject({ role: 'live', next: S + 1 });
    expect((await readPointer(store, PROJECTION)).swap).toBeNull();
  });

  it('stays where the swap was given up, and asked for under another name, while the slots were read', async () => {
    const { store, ports, begin, giveUp, lives } = await open();
    let reads = 0;
    const read: typeof store.read = async (slot, wanted) => {
      if (slotTag(slot) !== slotTag(pointerSlot(PROJECTION)) && reads++ === 0) {
        await giveUp('swap');
        await begin('next');
      }
      return store.read(slot, wanted);
    };
    await flipSwap({ ...ports, store: { ...bound(store), read } }, PROJECTION, 'swap');
    expect(await lives()).toEqual([1, 1]);
    expect((await readPointer(store, PROJECTION)).swap?.operation).toBe('next');
  });
});
