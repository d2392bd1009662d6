import { workOf } from './refold-eta.js';
import type { PlannedWork } from './refold-eta.js';
import type { Traffic } from './traffic.js';

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
  /** What came in beside it, and what comes in at present. */
  traffic: { then: Traffic; now: Traffic };
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
 * What folding an event live takes in terms of reading and folding one again, at least and at most: it comes in small
 * batches. Of three pairs of builds with and without 1,000 of them a second, on Kafka and Redis: 2.3, 2.9 and 3.8
 * (`npm run prove -- reproject-rates`).
 */
const LIVE_COSTS = [2, 4] as const;

/** Operations are as alike as the one that is most alike up to so much. */
const CLEARLY = 1.1;

/** Of those that are as alike the newest so many tell: one was slow, or fast, for reasons of its own now and then. */
const TELLING = 3;

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

/** The part of the time of a process that is used where it has all partitions: what live folding takes, it takes of all alike. */
const usedBy = (one: Undertaking): number => Math.min(1, one.share * worksOf(one).length);

/** Work a second in the largest partition, and how far apart the speeds lie between which it lies. */
interface Speed {
  speed: number;
  spread: number;
}

/**
 * How fast the largest partition goes on, by an operation that was measured: between what holds where nothing waits for
 * anything else, and what holds where its partitions and live folding all wait for each other, as they do where all of the
 * time is used. What comes in meanwhile is folded too. Null: it would never catch up, or not for certain.
 */
function speedOf(next: Undertaking, measured: MeasuredOperation): Speed | null {
  const done = Math.max(0, ...worksOf(measured));
  const lasted = measured.seconds - LOOKED_SECONDS;
  if (done === 0 || lasted <= 0) return null;
  const { then, now } = measured.traffic;
  const before = done / lasted + then.each;
  const { length } = worksOf(next);
  const shared = (before * speedInOne(next)) / speedInOne(measured);
  const slower = (now.all * usedBy(next) - then.all * usedBy(measured)) / length;
  const bound = LIVE_COSTS.map((cost) => shared - cost * slower);
  const usesAll = next.share === 1 && measured.share === 1;
  const free = usesAll ? [] : [(before * next.share) / measured.share];
  const speeds = [...bound, ...free].map((speed) => speed - now.each);
  const [least, most] = [Math.min(...speeds), Math.max(...speeds)];
  return least <= 0 ? null : { speed: Math.sqrt(least * most), spread: most / least };
}

/** The one in the middle, or between the two. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = Number.NaN, high = low] = sorted.slice(
    Math.ceil(sorted.length / 2) - 1,
    Math.floor(sorted.length / 2) + 1,
  );
  return (low + high) / 2;
}

/**
 * How long an operation takes, in seconds: the largest of its partitions goes on as fast as the largest one of operations
 * before it did, of those that are most alike in how they were shared out and in what came in beside them. Null: none was
 * measured that is like it.
 * @param measured Operations of the same verb that are done, newest first.
 */
export function secondsOf(
  next: Undertaking,
  measured: readonly MeasuredOperation[],
): number | null {
  const work = Math.max(0, ...worksOf(next));
  if (work === 0) return 0;
  if (work <= MOMENT_WORK * next.share) return LOOKED_SECONDS;
  const speeds = measured.flatMap((one) => {
    const speed = isSparse(one) === isSparse(next) ? speedOf(next, one) : null;
    return speed === null || speed.spread >= SPREAD_MAX ? [] : [speed];
  });
  if (speeds.length === 0) return null;
  const least = Math.min(...speeds.map(({ spread }) => spread));
  const alike = speeds.filter(({ spread }) => spread <= least * CLEARLY).slice(0, TELLING);
  return LOOKED_SECONDS + work / medianOf(alike.map(({ speed }) => speed));
}

/** Records a second that are read for a plan; null where that is not known. */
export const recordsPerSecond = (records: number, seconds: number | null): number | null =>
  seconds === null || seconds === 0 ? null : records / seconds;
