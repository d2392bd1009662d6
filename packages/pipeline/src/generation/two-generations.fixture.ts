import { createGeneration, beginSwap, dropGeneration } from './change-pointer.js';
import type { PointerPorts } from './change-pointer.js';
import { generationOf, liveGeneration } from './pointer.js';
import { readPointer } from './stored-pointer.js';
import { plainSlot, createMemoryViewStore } from '@refold/test-kit';
import type { MemorySlot } from '@refold/test-kit';
import type { PartitionProjector } from '../project/partition-projector.js';
import { slotTag } from '../ports/view-store.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { NEWER, openRules } from '../project/rulebook.fixture.js';
import { slotOf } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';

/** A partition in memory of which a second generation is built, with the next version of a view. */
export async function openGenerations() {
  const world = await openRules();
  const { store, projection } = world;
  let ids = 0;
  const ports: PointerPorts = { store, commitId: () => `p${ids++}` };
  const troubles: string[] = [];
  const owner = (over: Partial<ProjectorPorts> = {}): PartitionProjector =>
    world.projector({
      rulebook: NEWER,
      timing: quickTiming(),
      trouble: (_, what) => troubles.push(what),
      ...over,
    });
  const create = (operation = 'build', views = 'run@2', share = 1) =>
    createGeneration(ports, projection, { operation, views, share });
  const swap = (operation: string, to: number) =>
    beginSwap(ports, projection, { operation, to, partitions: [0] });
  const drop = (operation: string, generation: number) =>
    dropGeneration(ports, projection, { operation, generation });
  const pointer = () => readPointer(store, projection);
  const live = async () => liveGeneration(await pointer(), 0);
  const dumpOf = (generation: number) =>
    store.dump(slotOf(generationOf(projection, generation), 0));
  const checkpointOf = (generation: number) => {
    const { checkpoint } = dumpOf(generation);
    return checkpoint === null ? null : decodeCheckpoint(checkpoint);
  };
  const changeSlot = (generation: number, change: (slot: MemorySlot) => MemorySlot): void => {
    const { slots, pins } = store.capture();
    const copies = new Map([...slots].map(([tag, slot]) => [tag, slot.copy()]));
    const tag = slotTag(slotOf(generationOf(projection, generation), 0));
    const slot = copies.get(tag);
    if (slot === undefined) throw new Error(`generation ${generation} has no slot`);
    copies.set(tag, change(slot));
    store.restore({ slots: copies, pins });
  };
  const loseCheckpointOf = (generation: number): void =>
    changeSlot(generation, (slot) => Object.assign(slot, { checkpoint: null }));
  /** Puts the slot back to what it is now, whenever that is called. */
  const slotBackTo = (generation: number): (() => void) => {
    const now = store.capture().slots.get(slotTag(slotOf(generationOf(projection, generation), 0)));
    if (now === undefined) throw new Error(`generation ${generation} has no slot`);
    const kept = now.copy();
    return () => changeSlot(generation, () => kept);
  };
  const roles = () => [1, 2].map((generation) => checkpointOf(generation)?.role ?? null);
  /** Lets the owner go on with what it does beside live folding, until something is so. */
  const until = async (isSo: () => unknown): Promise<void> => {
    for (let turns = 0; !(await isSo()); turns++) {
      if (turns > 5_000) throw new Error(`it does not come: ${troubles.join('; ')}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  /** What somebody else makes of the same log with these views. */
  const fresh = async (rulebook = NEWER) => {
    const other = createMemoryViewStore();
    await world.foldAll(world.projector({ store: other, rulebook }));
    return plainSlot(other.dump(slotOf(projection, 0)));
  };
  return {
    ...world,
    ports,
    troubles,
    owner,
    create,
    swap,
    drop,
    pointer,
    live,
    dumpOf,
    checkpointOf,
    changeSlot,
    loseCheckpointOf,
    slotBackTo,
    roles,
    until,
    fresh,
  };
}

export type GenerationWorld = Awaited<ReturnType<typeof openGenerations>>;

/** Time passes as fast as somebody waits for it. */
export function quickTiming(): ProjectorPorts['timing'] {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    after: () => () => undefined,
    tick: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
