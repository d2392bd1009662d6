import type { ViewStore } from '../ports/view-store.js';
import { slotOf, type Projection } from '../projection.js';
import { generationOf } from './pointer.js';
import type { CarriedOver } from '../slot/carried-over.js';
import { decodeCheckpoint, type Checkpoint } from '../slot/checkpoint.js';
import { NEAR_MAX } from './flip-swap.js';

/** How far a generation is folded in a partition; null: nothing of it is. @throws StoreUnavailable */
export async function generationCheckpoint(
  store: Pick<ViewStore, 'read'>,
  projection: Projection,
  generation: number,
  partition: number,
): Promise<Checkpoint | null> {
  const slot = slotOf(generationOf(projection, generation), partition);
  const { checkpoint } = await store.read(slot, []);
  return checkpoint === null ? null : decodeCheckpoint(checkpoint);
}

/** Whether a partition of a generation is built: it has all streams, and is near enough to the live one for a swap. */
export const isNearLive = (
  own: Pick<Checkpoint, 'next'>,
  live: Pick<Checkpoint, 'next'>,
  carried: Pick<CarriedOver, 'isOver'> | null,
): boolean => carried?.isOver !== false && live.next - own.next <= NEAR_MAX;
