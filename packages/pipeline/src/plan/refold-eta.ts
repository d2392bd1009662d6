import { generationOf } from '../generation/pointer.js';
import { readLive } from '../generation/stored-pointer.js';
import type { ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import type { RefoldProgress } from '../refold/refold-task.js';
import { REFOLD_PROGRESS } from '../slot/names.js';

/** Slots that are asked at once. */
const SLOTS_AT_ONCE = 32;

/**
 * What reading a record to select its stream, and replacing or comparing a stream, takes in terms of
 * reading and folding one record, as measured on Kafka and Redis.
 */
const SCANNED_COST = 0.25;
const SETTLED_COST = 4;

/** Up to this part of the work the plan is believed more than what was measured, the less is done the more. */
const MEASURED_FROM = 0.25;

/** The part of a plan that says how much there is to do in a partition. */
export interface PlannedWork {
  partition: number;
  /** Offsets. */
  from: number;
  to: number;
  log_start: number;
  streams: number;
  read_records: number;
}

/** How far an operation is in one partition. */
export interface PartitionProgress {
  partition: number;
  /** What its owner last said; null: nothing yet. */
  progress: RefoldProgress | null;
  /** Part of the work that is done, 0 to 1. */
  done: number;
  /** Null where nothing can be said. */
  etaSeconds: number | null;
}

/** How far an operation is, all its partitions together. */
export interface OperationProgress {
  done: number;
  etaSeconds: number | null;
  /** Partitions that are not finished. */
  partitions: PartitionProgress[];
}

/** What the owners of partitions last said of an operation; a partition of which none did is left out. */
export async function readProgress(
  store: Pick<ViewStore, 'read'>,
  projection: Projection,
  operation: string,
  partitions: readonly number[],
): Promise<Map<number, RefoldProgress>> {
  const found = new Map<number, RefoldProgress>();
  const { live } = await readLive(store, projection);
  for (let at = 0; at < partitions.length; at += SLOTS_AT_ONCE) {
    const some = partitions.slice(at, at + SLOTS_AT_ONCE).map(async (partition) => {
      const generation = live[partition] ?? projection.generation;
      const slot = slotOf(generationOf(projection, generation), partition);
      const { results } = await store.read(slot, [{ kind: 'get', name: REFOLD_PROGRESS }]);
      const progress = results[0] === null ? null : (JSON.parse(results[0]) as RefoldProgress);
      if (progress?.operation === operation) found.set(partition, progress);
    });
    await Promise.all(some);
  }
  return found;
}

/** Work is counted in records that are read and folded. Streams that are named are not looked for. */
export const workOf = (
  { from, to, log_start: start, streams, read_records: reads }: PlannedWork,
  isNamed: boolean,
): number =>
  (isNamed ? 0 : SCANNED_COST * Math.max(0, to - Math.max(from, start))) +
  reads +
  SETTLED_COST * streams;

const workDone = ({ scanned, readRecords, settled }: RefoldProgress): number =>
  SCANNED_COST * scanned + readRecords + SETTLED_COST * settled;

/** What a plan says of an operation. */
export interface PlannedOperation {
  partitions: readonly PlannedWork[];
  /** Null where the plan could not say it. */
  etaSeconds: number | null;
  /** The operation names its streams. */
  isNamed: boolean;
  /** A process works its partitions off one after the other, and not side by side. */
  isInTurn?: boolean;
}

/** What is left of work of which a part is done, in seconds: less and less what was planned, and then what was measured. */
export function leftOf(
  done: number,
  plannedSeconds: number | null,
  measuredSeconds: number | null,
): number | null {
  if (done === 1) return 0;
  const planned = plannedSeconds === null ? null : plannedSeconds * (1 - done);
  if (planned === null || measuredSeconds === null) return measuredSeconds ?? planned;
  const measured = Math.min(1, done / MEASURED_FROM);
  return measured * measuredSeconds + (1 - measured) * planned;
}

/** A partition that is not finished, and the work of it: all, and what is done. */
type Part = PartitionProgress & { whole: number; worked: number };

/** The work of an operation, and how long it was planned to take. */
interface Work {
  work: number;
  settled: number;
  plannedSeconds: number | null;
}

/** What is left of partitions that wait for each other, in seconds: those under way are as fast as they were so far. */
function leftInTurn(
  parts: readonly Part[],
  { work, settled, plannedSeconds }: Work,
): number | null {
  if (parts.some(({ progress, done }) => progress?.trouble != null && done < 1)) return null;
  const speed = parts
    .filter(({ worked, whole }) => worked > 0 && worked < whole)
    .reduce((sum, { worked, progress }) => sum + worked / Math.max(1, progress?.elapsedMs ?? 0), 0);
  const measured = speed === 0 ? null : (work - settled) / speed / 1_000;
  return leftOf(work === 0 ? 0 : settled / work, plannedSeconds, measured);
}

/**
 * How far an operation is, and how long it still takes: each partition goes on as fast as it went so far, and one that
 * did hardly begin as fast as it was planned to. The slowest partition decides,
 * and all of them together where they are worked off in turn.
 */
export function operationProgress(
  { partitions: planned, etaSeconds: plannedSeconds, isNamed, isInTurn = false }: PlannedOperation,
  finished: readonly number[],
  said: ReadonlyMap<number, RefoldProgress>,
): OperationProgress {
  let [work, settled] = [0, 0];
  const open = planned.flatMap((one) => {
    const whole = workOf(one, isNamed);
    work += whole;
    if (finished.includes(one.partition)) {
      settled += whole;
      return [];
    }
    const progress = said.get(one.partition) ?? null;
    // What comes in meanwhile is folded too, so that more may be done than was planned.
    const isFinished = progress?.phase === 'finished';
    const worked = progress === null ? 0 : Math.min(whole, workDone(progress));
    const done = isFinished ? whole : worked;
    settled += done;
    return [{ partition: one.partition, progress, whole, done }];
  });
  // Where partitions are worked off side by side, one of the usual size takes as long as all of them.
  const usual = isInTurn ? work : work / Math.max(1, planned.length);
  const parts = open.map(({ partition, progress, whole, done }): Part => {
    const part = whole === 0 ? 0 : done / whole;
    const elapsed = (progress?.elapsedMs ?? 0) / 1_000;
    const measured = done === 0 ? null : (elapsed * (whole - done)) / done;
    const own = plannedSeconds === null || usual === 0 ? null : (plannedSeconds * whole) / usual;
    // Nobody knows how long what stands still will do so.
    const stands = progress?.trouble != null && part < 1;
    const etaSeconds = stands ? null : leftOf(part, own, measured);
    return { partition, progress, done: part, etaSeconds, whole, worked: done };
  });
  const etas = parts.map(({ etaSeconds }) => etaSeconds);
  const isKnown = etas.every((eta): eta is number => eta !== null);
  const slowest = isKnown ? Math.max(0, ...etas) : null;
  const left = { work, settled, plannedSeconds };
  return {
    done: work === 0 ? 0 : settled / work,
    etaSeconds: isInTurn && parts.length > 0 ? leftInTurn(parts, left) : slowest,
    partitions: parts.map(({ partition, progress, done, etaSeconds }) => ({
      ...{ partition, progress, done, etaSeconds },
    })),
  };
}
