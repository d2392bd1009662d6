import { asideGenerations, generationOf, liveGeneration } from '../generation/pointer.js';
import { readPointer } from '../generation/stored-pointer.js';
import type { EventLog, Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';

/** What keeps a part of the log: nothing at `offset` or later may go. */
export type Hold =
  /** A stream that may be folded again from there. */
  | { reason: 'stream'; offset: Offset; stream: string }
  /** A place behind that would part a stream which begins there from what may begin it anew. */
  | { reason: 'parted'; offset: Offset; stream: string }
  /** A generation that is folded no further. */
  | { reason: 'not_folded'; offset: Offset; generation: number }
  /** Records from there on are so young that refusals of them stand. */
  | { reason: 'recent'; offset: Offset };

/** Refusals lapse after a day of append time; an hour more for clocks that differ. */
const YOUNG_MS = 25 * 60 * 60 * 1_000;

/** The nearer one. */
export const nearerOf = (a: Hold, b: Hold): Hold => (b.offset < a.offset ? b : a);

/**
 * What keeps the log of a partition whatever its streams are: what some generation has not folded, and what is
 * young. @param nowMs The time of day.
 */
export async function outerHold(
  log: Pick<EventLog, 'offsetForTime'>,
  store: Pick<ViewStore, 'read'>,
  projection: Projection,
  partition: number,
  nowMs: number,
): Promise<Hold> {
  const since = await log.offsetForTime(projection.topic, partition, Math.max(0, nowMs - YOUNG_MS));
  let hold: Hold = { reason: 'recent', offset: since };
  const pointer = await readPointer(store, projection);
  const generations = [liveGeneration(pointer, partition), ...asideGenerations(pointer, partition)];
  for (const generation of generations) {
    const slot = slotOf(generationOf(projection, generation), partition);
    const { checkpoint } = await store.read(slot, []);
    const offset = checkpoint === null ? 0 : decodeCheckpoint(checkpoint).next;
    hold = nearerOf(hold, { reason: 'not_folded', offset, generation });
  }
  return hold;
}
