import { generationOf, liveGeneration } from '../generation/pointer.js';
import { readPointer } from '../generation/stored-pointer.js';
import type { EventLog, LogRange } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint } from '../slot/checkpoint.js';

/** Where a partition stands now. */
export interface PresentPartition extends LogRange {
  partition: number;
  /** The live one. */
  generation: number;
  /** Null: the slot is new. */
  checkpoint: Checkpoint | null;
}

/** What a plan is made against, and compared with before it is carried out. */
export interface Present {
  /** The newest that is live on any of the partitions. */
  generation: number;
  /** Partitions of the topic now. */
  partitionCount: number;
  partitions: PresentPartition[];
}

/** The checkpoint is read before the log, so that the log never seems to end before it. */
export async function readPresent(
  log: Pick<EventLog, 'range' | 'partitions'>,
  store: Pick<ViewStore, 'read'>,
  projection: Projection,
  partitions: readonly number[],
): Promise<Present> {
  const pointer = await readPointer(store, projection);
  const present: PresentPartition[] = [];
  for (const partition of partitions) {
    const generation = liveGeneration(pointer, partition);
    const slot = slotOf(generationOf(projection, generation), partition);
    const { checkpoint } = await store.read(slot, []);
    const range = await log.range(projection.topic, partition);
    const decoded = checkpoint === null ? null : decodeCheckpoint(checkpoint);
    present.push({ partition, generation, ...range, checkpoint: decoded });
  }
  const partitionCount = await log.partitions(projection.topic);
  const generation = Math.max(...present.map((one) => one.generation));
  return { generation, partitionCount, partitions: present };
}
