import { generationCheckpoint } from '../generation/generation-checkpoint.js';
import { asideGenerations, liveGeneration } from '../generation/pointer.js';
import { readPointer } from '../generation/stored-pointer.js';
import type { EventLog, Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import { LAPSE_MS } from '../slot/refusals.js';

/** What keeps a part of the log: nothing at `offset` or later may go. */
export type Hold =
  /** A stream that may be folded again from there. */
  | { reason: 'stream'; offset: Offset; stream: string }
  /** A place behind that would part a stream which begins there from what may begin it anew. */
  | { reason: 'parted'; offset: Offset; stream: string }
  /** A generation that is folded no further. */
  | { reason: 'not_folded'; offset: Offset; generation: number }
  /**
   * Records from there on are so young that refusals of them stand: now, or when what a generation has not folded yet is
   * judged.
   */
  | { reason: 'recent'; offset: Offset; generation?: number };

/** Refusals lapse after a day of append time; an hour more for clocks that differ. */
const YOUNG_MS = 25 * 60 * 60 * 1_000;

/** The nearer one. */
export const nearerOf = (a: Hold, b: Hold): Hold => (b.offset < a.offset ? b : a);

/**
 * Where refusals begin that may stand when what comes next at a checkpoint is judged, by the time of the partition; null:
 * all there is was folded, and what comes is appended from now on.
 */
async function refusalsSince(
  log: Pick<EventLog, 'offsetForTime' | 'range' | 'read'>,
  { topic }: Projection,
  partition: number,
  { next, time }: Checkpoint,
): Promise<Offset | null> {
  const { start, end } = await log.range(topic, partition);
  if (next < start || next >= end) return null;
  const [coming] = (await log.read(topic, partition, next, 1)).records;
  // The time stamp of an unfit record may be its producer's.
  const stamped = coming === undefined || coming.unfit !== undefined ? 0 : coming.timestamp;
  const judgedAt = Math.max(time, stamped);
  return log.offsetForTime(topic, partition, Math.max(0, judgedAt - LAPSE_MS));
}

/**
 * What keeps the log of a partition whatever its streams are: what some generation has not folded, what that may
 * repeat, and what is young. @param nowMs The time of day.
 */
export async function outerHold(
  log: Pick<EventLog, 'offsetForTime' | 'range' | 'read'>,
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
    const checkpoint = await generationCheckpoint(store, projection, generation, partition);
    const folded = checkpoint?.next ?? 0;
    hold = nearerOf(hold, { reason: 'not_folded', offset: folded, generation });
    if (checkpoint === null) continue;
    const offset = await refusalsSince(log, projection, partition, checkpoint);
    if (offset !== null) hold = nearerOf(hold, { reason: 'recent', offset, generation });
  }
  return hold;
}
