import { workOf } from './refold-eta.js';
import type { PlannedWork } from './refold-eta.js';

/** What an operation comes to, by the amounts of its plan. */
export interface Undertaking {
  partitions: readonly (PlannedWork & { records: number })[];
  /** It names its streams. */
  isNamed: boolean;
  /** Share of the time that it is given, above 0 to 1. */
  share: number;
}

/** An operation of the same verb that is done. */
export interface MeasuredOperation extends Undertaking {
  /** From its start to its end. */
  seconds: number;
}

/** Until the owners of its partitions have met an operation, and until its end is told: about so many seconds. */
const LOOKED_SECONDS = 1;

/** Work that takes no longer than that, at any rate that was ever measured. */
const MOMENT_WORK = 500;

/**
 * How far apart two rates may lie between which the one that is looked for lies: in the middle between them, it is off by
 * 30 % at most.
 */
const SPREAD_MAX = 1.69;

/**
 * Up to this part of the time of a process its partitions do not slow each other down, nor what else the machine does: then
 * twice the share is twice as fast. Beyond it that was measured to hold, and not to hold.
 */
const ROOM = 0.5;

/** Less than half of what is read is folded: that goes faster than whatever is folded. */
function isSparse({ partitions }: Undertaking): boolean {
  const sum = (name: 'records' | 'read_records'): number =>
    partitions.reduce((total, one) => total + one[name], 0);
  return sum('records') * 2 < sum('read_records');
}

/** The work in each partition that has any. */
const worksOf = ({ partitions, isNamed }: Undertaking): number[] =>
  partitions.map((one) => workOf(one, isNamed)).filter((work) => work > 0);

/** How fast a partition goes on where one process has all of them, and half of its time for them. */
const speedInOne = (one: Undertaking): number => {
  const { length } = worksOf(one);
  return Math.min(ROOM, one.share * length) / length;
};

/**
 * How many times as fast a partition goes on as in an operation that was measured: between what holds where nothing waits
 * for anything else, and what holds where all partitions wait for each other.
 */
function fasterThan(measured: Undertaking, next: Undertaking): { times: number; spread: number } {
  const free = next.share / measured.share;
  const bound = speedInOne(next) / speedInOne(measured);
  const spread = Math.max(free, bound) / Math.min(free, bound);
  return { times: Math.sqrt(free * bound), spread };
}

/**
 * How long an operation takes, in seconds: the largest of its partitions goes on as fast as the largest one of an operation
 * before it did, of the one that is most alike. Null: none was measured that is like it.
 * @param measured Operations of the same verb that are done, newest first.
 */
export function secondsOf(
  next: Undertaking,
  measured: readonly MeasuredOperation[],
): number | null {
  const work = Math.max(0, ...worksOf(next));
  if (work === 0) return 0;
  if (work <= MOMENT_WORK * next.share) return LOOKED_SECONDS;
  let [seconds, least]: [number | null, number] = [null, SPREAD_MAX];
  for (const one of measured) {
    const done = Math.max(0, ...worksOf(one));
    const lasted = one.seconds - LOOKED_SECONDS;
    if (done === 0 || lasted <= 0 || isSparse(one) !== isSparse(next)) continue;
    const { times, spread } = fasterThan(one, next);
    if (spread >= least) continue;
    least = spread;
    seconds = LOOKED_SECONDS + (work * lasted) / (done * times);
  }
  return seconds;
}

/** Records a second that are read for a plan; null where that is not known. */
export const recordsPerSecond = (records: number, seconds: number | null): number | null =>
  seconds === null || seconds === 0 ? null : records / seconds;
