import { createHash } from 'node:crypto';
import type { DriftKind, REFOLD_PHASES } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';

/** Which streams of a partition a task is about. */
export type RefoldSelection =
  /** Every stream with a claim below `to`. */
  | { kind: 'all'; to: Offset }
  /** Streams with at least one claim in [from, to). */
  | { kind: 'range'; from: Offset; to: Offset }
  /** Named streams. */
  | { kind: 'streams'; subjects: readonly string[]; to: Offset };

/** What an operation asks of one partition. */
export interface RefoldTask {
  operation: string;
  /**
   * Replace each stream; only compare; compare, then replace what differs; or remove archived streams that lie below
   * the end of the task and that the log no longer has.
   */
  effect: 'replace' | 'compare' | 'repair' | 'evict';
  select: RefoldSelection;
  /**
   * With effect compare: only so many of the selected streams, 0 to 1, the same ones for one seed; `from` tells
   * which, 0 to 1 and 0 when left out: samples that do not overlap there have no stream in common.
   */
  sample?: { share: number; seed: string; from?: number };
  /** Share of the time that it takes, above 0 to 1; its owner's when left out. */
  share?: number;
  /** With effect replace: this claim is left out from then on, by a record that is written first. */
  skip?: SkippedClaim;
}

/** A claim that is left out: where it stands, and the members of its identity. */
export interface SkippedClaim {
  subject: string;
  offset: Offset;
  source: string;
  id: string;
}

/** One difference; texts are cut after {@link TEXT_MAX} characters. */
export interface StreamDifference {
  /** Subject of the stream; null: it concerns the partition, as its counters do. */
  stream: string | null;
  kind: DriftKind;
  /** JSON pointer into the document, or `/timeline/SEQ`, `/register`, `/indexes/NAME`, `/counters/NAME`. */
  field: string;
  stored: string | null;
  expected: string | null;
}

/** What became of a task on one partition. */
export interface RefoldResult {
  operation: string;
  partition: number;
  outcome: 'done' | 'canceled' | 'failed';
  /** Selected streams, those that cannot be folded again left out. */
  streams: number;
  /** Streams whose read model was replaced, or removed. */
  replaced: number;
  /** Streams among those that stand parked all the same; left out: none. */
  stillParked?: number;
  /** Claims of the selected streams in [readFrom, to). */
  records: number;
  /** Claims of them at `to` and later, folded while catching up. */
  tailRecords: number;
  /** Records read from the log, selection left out; a repair reads what it replaces once more. */
  readRecords: number;
  /** UTF-8 bytes of the keys and values of `records`. */
  bytes: number;
  readFrom: Offset;
  to: Offset;
  /** At most {@link DIFFERENCES_MAX} of them, of {@link DIFFERENCES_LENGTH_MAX} characters together. */
  differences: StreamDifference[];
  /** How many differences there are of each kind, listed or not. */
  drift: Partial<Record<DriftKind, number>>;
  /** Streams that differ, and counters and indexes of the partition. */
  differing: number;
  /**
   * Streams that cannot be folded again: the log no longer has their first claim, or a copy met a refusal
   * so old that it may have made room for others. They stay as they are.
   */
  unrebuildable: number;
  /** With archive: runs that the rules did not let be archived. */
  refused?: number;
  /** Some of them, at most {@link NAMED_MAX}. */
  unrebuildableStreams: string[];
  /** With effect compare or repair on all streams: whether counters and indexes were compared too. */
  aggregates?: 'compared' | 'not_compared';
  /** Why the outcome is `failed`. */
  error?: string;
}

export const DIFFERENCES_MAX = 1_000;
/** Of their JSON: a result is kept in its slot and told in one record. */
export const DIFFERENCES_LENGTH_MAX = 65_536;
export const TEXT_MAX = 200;
export const ERROR_MAX = 4_096;
export const NAMED_MAX = 100;

/** How far a task is, for whoever watches. */
export interface RefoldProgress {
  operation: string;
  phase: (typeof REFOLD_PHASES)[number];
  streams: number;
  /** Streams that are replaced or compared. */
  settled: number;
  /** Records read to select streams. */
  scanned: number;
  /** Records read to fold them. */
  readRecords: number;
  /** Where the second cursor reads next; null before it began. */
  cursor: Offset | null;
  /** How long this attempt at the task has lasted, milliseconds. */
  elapsedMs: number;
  /** Why nothing is done; null while something is. */
  trouble: string | null;
}

/** The progress of a task that did not begin. */
export const notBegun = (operation: string, trouble: string | null = null): RefoldProgress => ({
  operation,
  phase: 'waiting',
  streams: 0,
  settled: 0,
  scanned: 0,
  readRecords: 0,
  cursor: null,
  elapsedMs: 0,
  trouble,
});

/** The progress of a task whose result stands in the slot. */
export const finished = (operation: string): RefoldProgress => ({
  ...notBegun(operation),
  phase: 'finished',
});

/** Version 2 may leave a claim out, version 3 may remove streams: builds that do not know that would do something else. */
const VERSIONS: readonly number[] = [1, 2, 3];

const versionOf = ({ effect, skip }: RefoldTask): number => {
  if (effect === 'evict') return 3;
  return skip === undefined ? 1 : 2;
};

/** The task as its slot keeps it. */
export const encodeTask = (task: RefoldTask): string =>
  JSON.stringify({ version: versionOf(task), ...task });

/** The operation of a task is over by the log: the slot went back behind its end. */
export class OperationOver extends Error {
  override readonly name = 'OperationOver';
}

/** A task that this build cannot carry out: another build wrote it. */
export class TaskUnreadable extends Error {
  override readonly name = 'TaskUnreadable';
}

/** @throws TaskUnreadable for a version that this build does not know. */
export function decodeTask(text: string): RefoldTask {
  const { version, ...task } = JSON.parse(text) as RefoldTask & { version: number };
  if (VERSIONS.includes(version)) return task;
  throw new TaskUnreadable(
    `the refold task in the slot has version ${version}, this build carries out versions ${VERSIONS.join(' and ')}`,
  );
}

/** Whether a stream belongs to a sample: the same answer for the same seed, everywhere. */
export function isSampled(sample: RefoldTask['sample'], subject: string): boolean {
  if (sample === undefined) return true;
  const hash = createHash('sha256').update(`${sample.seed}\n${subject}`).digest();
  const { share, from = 0 } = sample;
  const place = hash.readUInt32BE(0) / 2 ** 32;
  return place >= from && place < from + share;
}
