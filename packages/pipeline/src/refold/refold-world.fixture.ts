import { createMemoryViewStore, plainSlot } from '@refold/test-kit';
import type { PlainSlot } from '@refold/test-kit';
import type { Writes } from '../ports/view-store.js';
import { noWrites } from '../ports/view-store.js';
import { SLOT, openWorld } from '../project/one-partition.fixture.js';
import type { PartitionProjector } from '../project/partition-projector.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import type { RefoldResult, RefoldTask } from './refold-task.js';

/** A partition in memory whose owner also folds streams anew. */
export async function openRefolds() {
  const world = await openWorld();
  const results: RefoldResult[] = [];
  const troubles: string[] = [];
  const owner = (ports: Partial<ProjectorPorts> = {}): PartitionProjector =>
    world.projector({
      refolded: (result) => results.push(result),
      trouble: (_, what) => troubles.push(what),
      ...ports,
    });
  /** Folds everything there is and waits for the end of a task. */
  const refolded = async (one: PartitionProjector, task: RefoldTask): Promise<RefoldResult> => {
    await world.foldAll(one);
    const before = results.length;
    one.request(task);
    while (results.length === before) {
      await new Promise((resolve) => setImmediate(resolve));
      if (troubles.some((what) => what.includes('stands still'))) throw new Error(troubles.join());
    }
    return results[before] as RefoldResult;
  };
  const held = (): PlainSlot => plainSlot(world.store.dump(SLOT));
  /** What a store holds that was folded from the same log by somebody else. */
  const fresh = async (): Promise<PlainSlot> => {
    const store = createMemoryViewStore();
    await world.foldAll(world.projector({ store }));
    return plainSlot(store.dump(SLOT));
  };
  /** Changes what stands in the store behind the owner's back. */
  const damage = async (writes: Partial<Writes>): Promise<void> => {
    const { checkpoint } = world.store.dump(SLOT);
    const all = { ...noWrites(), ...writes };
    await world.store.commit(SLOT, checkpoint, checkpoint ?? '', all, []);
  };
  const documentText = (subject = 'run/r'): string =>
    world.store.dump(SLOT).text[`d:${subject}`] ?? '';
  return { ...world, results, troubles, owner, refolded, held, fresh, damage, documentText };
}

export type RefoldWorld = Awaited<ReturnType<typeof openRefolds>>;

let operations = 0;

/** A task with an operation of its own. */
export const taskOf = (effect: RefoldTask['effect'], select: RefoldTask['select']): RefoldTask => ({
  operation: `op-${operations++}`,
  effect,
  select,
});
