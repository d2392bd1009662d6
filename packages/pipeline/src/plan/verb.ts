import type { Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { ArgumentRefused } from './argument-refused.js';
import { homeOf } from './home-partition.js';
import { parseResetFile } from './reset-file.js';
import { parseDatetime, timeBefore } from './reset-time.js';

/** What an operator asks for, in the words of `kafka-consumer-groups --reset-offsets`. */
export type Verb =
  | { verb: 'to-earliest' }
  | { verb: 'to-latest' }
  | { verb: 'to-current' }
  | { verb: 'to-offset'; offset: Offset }
  | { verb: 'to-datetime'; datetime: string; until?: string | undefined }
  | { verb: 'by-duration'; duration: string; until?: string | undefined }
  /** Relative to the checkpoint; negative goes back. */
  | { verb: 'shift-by'; shift: number }
  /** The text of a file with rows of topic,partition,offset. */
  | { verb: 'from-file'; file: string }
  /** One stream, from its first claim on. */
  | { verb: 'run'; subject: string }
  /** Streams of the one partition that is meant, each from its first claim on. */
  | { verb: 'streams'; subjects: readonly string[] };

/** Where one partition stands. */
export interface Position {
  start: Offset;
  end: Offset;
  /** The checkpoint's next offset. */
  next: Offset;
}

/** A verb whose arguments were checked: which partitions it means, and what it needs to know of each. */
export interface ResolvedVerb {
  partitions: number[];
  /** The time whose offset must be asked of the log; null when the verb names none. */
  timeMs: number | null;
  /** The time behind which no event counts; null: every one up to the checkpoint does. */
  untilMs: number | null;
  /** Subjects, when streams are meant and not a stretch of the log. */
  subjects: string[] | null;
  /** Where the partition is taken back to. `since` is the log's offset for `timeMs`. */
  target(partition: number, position: Position, since: Offset | null): Offset;
}

const whole = (field: string, value: number, least: number): number => {
  if (Number.isSafeInteger(value) && value >= least) return value;
  const expected = least < 0 ? 'a whole number' : 'a whole number from 0 on';
  throw new ArgumentRefused(field, expected, String(value));
};

/** All partitions, or those that are meant. @throws ArgumentRefused for one that is not there, and for none */
export function partitionsIn(projection: Projection, scope: readonly number[] | null): number[] {
  const all = Array.from({ length: projection.partitions }, (_, i) => i);
  if (scope === null) return all;
  const odd = scope.find((partition) => !all.includes(partition));
  if (odd !== undefined || scope.length === 0) {
    const expected = `partitions from 0 to ${projection.partitions - 1}`;
    throw new ArgumentRefused('partitions', expected, scope.join());
  }
  return all.filter((partition) => scope.includes(partition));
}

/**
 * Checks the arguments of a verb. Pure; nothing is asked yet.
 * @param scope The partitions that are meant; null = all, or those that the verb names itself.
 * @param nowMs The time of day that a duration is counted back from.
 * @throws ArgumentRefused with the field and what was expected.
 */
export function resolveVerb(
  verb: Verb,
  projection: Projection,
  scope: readonly number[] | null,
  nowMs: number,
): ResolvedVerb {
  const partitions = partitionsIn(projection, scope);
  const to = (
    target: ResolvedVerb['target'],
    timeMs: number | null = null,
    until?: string,
  ): ResolvedVerb => ({
    partitions,
    timeMs,
    untilMs: until === undefined || timeMs === null ? null : untilOf(until, timeMs),
    subjects: null,
    target,
  });
  switch (verb.verb) {
    case 'to-earliest':
      return to((_, { start }) => start);
    case 'to-latest':
      return to((_, { end }) => end);
    case 'to-current':
      return to((_, { next }) => next);
    case 'to-offset': {
      const offset = whole('offset', verb.offset, 0);
      return to(() => offset);
    }
    case 'shift-by': {
      const shift = whole('shift', verb.shift, Number.MIN_SAFE_INTEGER);
      return to((_, { next }) => Math.max(0, next + shift));
    }
    case 'to-datetime':
      return to(since, parseDatetime(verb.datetime), verb.until);
    case 'by-duration':
      return to(since, timeBefore(verb.duration, nowMs), verb.until);
    case 'from-file':
      return fromFile(verb.file, projection, partitions);
    case 'streams':
      return { ...to((_, { start }) => start), subjects: [...verb.subjects] };
    case 'run':
      return ofStream(verb.subject, projection, scope);
  }
}

/** @throws ArgumentRefused for a time that is not behind the one where it begins. */
function untilOf(until: string, sinceMs: number): number {
  const timeMs = parseDatetime(until, 'until');
  if (timeMs > sinceMs) return timeMs;
  throw new ArgumentRefused('until', `a time behind ${new Date(sinceMs).toISOString()}`, until);
}

/** Where nothing came since that time there is nothing to take back, however far it is folded. */
const since: ResolvedVerb['target'] = (_partition, { next, end }, offset) =>
  offset === null || offset >= end ? next : offset;

function fromFile(file: string, projection: Projection, within: readonly number[]): ResolvedVerb {
  const offsets = parseResetFile(file, projection.topic);
  const odd = [...offsets.keys()].find((partition) => !within.includes(partition));
  if (odd !== undefined) {
    throw new ArgumentRefused('file', `partitions ${within.join()} only`, String(odd));
  }
  return {
    partitions: [...offsets.keys()].sort((a, b) => a - b),
    timeMs: null,
    untilMs: null,
    subjects: null,
    target: (partition, { next }) => offsets.get(partition) ?? next,
  };
}

function ofStream(
  subject: string,
  projection: Projection,
  scope: readonly number[] | null,
): ResolvedVerb {
  const home = homeOf(projection, subject);
  if (scope !== null && !scope.includes(home)) {
    throw new ArgumentRefused('partitions', `${home}, where ${subject} lies`, scope.join());
  }
  return {
    partitions: [home],
    timeMs: null,
    untilMs: null,
    subjects: [subject],
    target: (_, { start }) => start,
  };
}
