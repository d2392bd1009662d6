import { describe, expect, it } from 'vitest';
import { changePointer, swapped } from '../generation/change-pointer.js';
import { openGenerations } from '../generation/two-generations.fixture.js';
import { noWrites } from '../ports/view-store.js';
import type { ViewStore } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import { encodeCheckpoint } from '../slot/checkpoint.js';
import { ProjectionReader } from './projection-reader.js';

/** A partition with two generations, and a reader whose reads are written down. */
async function open() {
  const world = await openGenerations();
  world.claim('run.started');
  await world.foldAll(world.projector());
  await world.create();
  const owner = world.owner();
  await world.foldAll(owner);
  await world.until(() => world.checkpointOf(2)?.next === 1);
  const reads: string[] = [];
  const store: ViewStore = {
    ...bound(world.store),
    read(slot, wanted) {
      reads.push(slot.generation === 0 ? 'pointer' : `generation ${slot.generation}`);
      return world.store.read(slot, wanted);
    },
  };
  const reader = new ProjectionReader(store, world.projection);
  /** What one read of a document asks the store for. */
  const asks = async () => {
    reads.length = 0;
    const { document } = await reader.document('run', 'r');
    expect(document?.state?.seq).toBe(1);
    return [...reads];
  };
  return { world, owner, asks };
}

describe('a reader of live generations', () => {
  it('asks for the pointer once, and then only when a slot is not live any more', async () => {
    const { world, owner, asks } = await open();
    expect(await asks()).toEqual(['pointer', 'generation 1']);
    expect(await asks()).toEqual(['generation 1']);
    await world.swap('swap', 2);
    await world.until(() => world.roles().join() === 'aside,live');
    expect(await asks()).toEqual(['generation 1', 'pointer', 'generation 2']);
    expect(await asks()).toEqual(['generation 2']);
    owner.revoke();
  });

  it('reads a sealed slot, and looks behind it whether the pointer is still the same', async () => {
    const { world, owner, asks } = await open();
    await asks();
    owner.revoke();
    await seal(world, 1);
    await seal(world, 2);
    expect(await asks()).toEqual(['generation 1', 'pointer']);
    await flip(world);
    expect(await asks()).toEqual(['generation 1', 'pointer', 'generation 2', 'pointer']);
    expect(await asks()).toEqual(['generation 2', 'pointer']);
  });

  it('makes an answer from one state of the pointer, whenever that changes', async () => {
    const { world, owner } = await open();
    owner.revoke();
    const { live } = new ProjectionReader(world.store, world.projection);
    await live.answer((slots) => slots.read(0, []));
    let isChanged = false;
    const generations = await live.answer(async (slots) => {
      const first = await slots.read(0, []);
      if (!isChanged) {
        isChanged = true;
        await seal(world, 1);
        await seal(world, 2);
        await flip(world);
      }
      return [first.generation, (await slots.read(0, [])).generation];
    });
    expect(generations).toEqual([2, 2]);
  });
});

type World = Awaited<ReturnType<typeof open>>['world'];

async function seal({ store, projection, checkpointOf }: World, generation: number) {
  const checkpoint = checkpointOf(generation);
  if (checkpoint === null) throw new Error('not built');
  const slot = { projection: projection.name, generation, partition: 0 };
  const { checkpoint: text } = store.dump(slot);
  const sealed = encodeCheckpoint({ ...checkpoint, role: 'sealed' });
  await store.commit(slot, text, sealed, noWrites(), []);
}

const flip = ({ ports, projection }: World) =>
  changePointer(ports, projection, (pointer) => {
    const swap = { operation: 'swap', to: 2, partitions: [0] };
    return { to: swapped(pointer, swap, projection.partitions), answer: null };
  });
