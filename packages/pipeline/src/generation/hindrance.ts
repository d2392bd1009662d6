import type { EventLog } from '../ports/event-log.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { isSkipping } from '../refold/skip-tasks.js';
import { decodeCarriedOver, streamsCarried } from '../slot/carried-over.js';
import type { CarriedOver } from '../slot/carried-over.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import { CARRIED, REFOLD, SKIPS } from '../slot/names.js';
import { SkipLog } from '../slot/skip-log.js';
import { NEAR_MAX } from './flip-swap.js';
import { LIVE_LAG_MAX } from './live-lags.js';
import { generationOf, liveGeneration } from './pointer.js';
import type { Pointer } from './pointer.js';

/** What is asked to find out why an operation on generations does not go on. */
export interface HindrancePorts {
  store: Pick<ViewStore, 'read'>;
  log: Pick<EventLog, 'range'>;
}

/** One generation of a partition, as far as others wait for it. */
interface Standing {
  checkpoint: Checkpoint | null;
  isRefolding: boolean;
  isSkipping: boolean;
}

async function standingOf(
  store: HindrancePorts['store'],
  projection: Projection,
  generation: number,
  partition: number,
): Promise<Standing> {
  const slot = slotOf(generationOf(projection, generation), partition);
  const { checkpoint, results } = await store.read(slot, [
    { kind: 'get', name: REFOLD },
    { kind: 'fields', name: SKIPS },
  ]);
  const [task, skips] = results;
  return {
    checkpoint: checkpoint === null ? null : decodeCheckpoint(checkpoint),
    isRefolding: task !== null,
    isSkipping: isSkipping(task, SkipLog.load(skips)),
  };
}

/** What was carried over into a slot; null: nothing had to be. */
export async function carriedInto(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
): Promise<CarriedOver | null> {
  const { results } = await store.read(slot, [{ kind: 'get', name: CARRIED }]);
  return decodeCarriedOver(results[0]);
}

const notBegun = (generation: number, views: string | null | undefined): string =>
  `no process has begun generation ${generation} here: the owner of the partition needs a build with the views ${views ?? '?'}`;

/**
 * Why whatever is done beside live folding rests here, in words; or where the log begins. It may rest all the same: for another
 * partition that the same process folds, which only that process knows.
 */
async function restOf(
  { store, log }: HindrancePorts,
  projection: Projection,
  pointer: Pointer,
  partition: number,
): Promise<{ why: string } | { start: number }> {
  const live = liveGeneration(pointer, partition);
  const { checkpoint: folded } = await standingOf(store, projection, live, partition);
  let range: { start: number; end: number };
  try {
    range = await log.range(projection.topic, partition);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { why: `the log does not answer: ${reason}` };
  }
  const lag = range.end - (folded?.next ?? 0);
  if (lag <= LIVE_LAG_MAX) return { start: range.start };
  return { why: `it waits for live folding, which is ${lag} offsets behind` };
}

/** Why read models are not removed on here, in words; null: nothing that can be seen from outside. */
export async function dropHindrance(
  ports: HindrancePorts,
  projection: Projection,
  pointer: Pointer,
  partition: number,
): Promise<string | null> {
  const rest = await restOf(ports, projection, pointer, partition);
  return 'why' in rest ? rest.why : null;
}

/**
 * Why a generation is not built on here, in words; null: nothing that can be seen from outside. What stops its owner
 * otherwise is in the log of that process.
 */
export async function buildHindrance(
  ports: HindrancePorts,
  projection: Projection,
  pointer: Pointer,
  generation: number,
  partition: number,
): Promise<string | null> {
  const { store } = ports;
  const { checkpoint } = await standingOf(store, projection, generation, partition);
  const rest = await restOf(ports, projection, pointer, partition);
  if ('why' in rest) return rest.why;
  if (checkpoint === null) return notBegun(generation, pointer.generations.get(generation)?.views);
  if (checkpoint.next >= rest.start) {
    const carried = await carriedInto(
      store,
      slotOf(generationOf(projection, generation), partition),
    );
    if (carried?.isOver !== false) return null;
    return `streams that began before the log does are carried over: ${streamsCarried(carried)} so far`;
  }
  return `the log begins at ${rest.start} now, and the generation stands at ${checkpoint.next}`;
}

/** Why a partition of a swap cannot be sealed now, in words; null: nothing hinders it here. */
export async function swapHindrance(
  { store }: Pick<HindrancePorts, 'store'>,
  projection: Projection,
  pointer: Pointer,
  { operation, to }: { operation: string; to: number },
  partition: number,
): Promise<string | null> {
  const { swap } = pointer;
  if (swap !== null && swap.operation !== operation) {
    return `it waits for the end of the swap ${swap.operation}`;
  }
  const live = liveGeneration(pointer, partition);
  if (live === to) return null;
  const from = await standingOf(store, projection, live, partition);
  const next = await standingOf(store, projection, to, partition);
  if (next.checkpoint === null) return notBegun(to, pointer.generations.get(to)?.views);
  const missing = (from.checkpoint?.next ?? 0) - next.checkpoint.next;
  if (missing > NEAR_MAX) return `generation ${to} is ${missing} offsets behind`;
  if (from.isSkipping || next.isSkipping) {
    return 'a stream is still to be folded again, because a claim of it is skipped: where that does not end, refold verify says whether the log has lost its beginning, a redrive or rewind of it says why else, and the other partitions can be swapped with --partition';
  }
  return from.isRefolding ? 'an operation folds streams of the partition again' : null;
}
