import { slotOf } from '@refold/pipeline';
import type { Projection } from '@refold/pipeline';
import type { SlotDump } from '../memory/memory-slot.js';
import type { ModelRecord } from '../model/read-record.js';
import { checkSlot, nextOf } from './check-slot.js';
import { keyOf, liveOf, liveSlot } from './place.js';
import { openSkips } from './poison.js';
import { simulatedModel } from './simulated-rules.js';
import type { World } from './world.js';

/** True when the documents of a slot may be ahead of its checkpoint, because only that was lost. */
const isAhead = (world: World, projection: Projection, partition: number, dump: SlotDump) =>
  nextOf(dump) < (world.ahead.get(keyOf(projection, partition)) ?? 0);

/** The records of every partition up to where its slot is folded. */
export function foldedRecords(world: World, projection: Projection): ModelRecord[][] {
  return Array.from({ length: projection.partitions }, (_, partition) => {
    const next = nextOf(world.store.dump(liveSlot(world, projection, partition)));
    const records = world.log.records(projection.topic, partition);
    return records.filter(({ offset }) => offset < next);
  });
}

/**
 * Every slot against the model of exactly the records it says to have folded. Left out: what lost
 * the log it was folded from, and what is ahead of its checkpoint.
 */
export async function checkStore(world: World): Promise<string[]> {
  const faults: string[] = [];
  for (const projection of world.projections) {
    const folded = foldedRecords(world, projection);
    const model = simulatedModel(projection, folded, world.poison?.model(world, projection));
    for (const [partition, records] of folded.entries()) {
      const live = liveOf(world.store, projection, partition);
      const dump = world.store.dump(slotOf(live, partition));
      if (world.isReplaced(projection.topic, partition)) continue;
      if (isAhead(world, projection, partition, dump)) continue;
      // A document that survived its checkpoint may know a skip that is met again.
      const wasAhead = world.ahead.has(keyOf(projection, partition));
      if (wasAhead && openSkips(world, projection, partition).length > 0) continue;
      faults.push(...(await checkSlot({ world, projection: live, partition, model, records })));
    }
  }
  return faults;
}
