import type { Offset } from '../ports/event-log.js';
import type { RefoldSelection, RefoldTask } from '../refold/refold-task.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import type { Verb } from './verb.js';

/** Why a partition is not carried out. */
export type Refusal =
  /** The target lies ahead of what is folded: it would skip so many offsets, holes included. */
  | { reason: 'forward'; skips: number }
  /** Nothing is folded there yet. */
  | { reason: 'nothing_folded' }
  /** The log ends before the checkpoint: it was replaced, or lost its tail. */
  | { reason: 'checkpoint_beyond_end' }
  | { reason: 'too_many_streams'; most: number };

/** What is done again, in streams, records and bytes, and what that takes to read. */
export interface PlanAmounts {
  /** Streams that are folded anew. */
  streams: number;
  /** Their claims in [readFrom, to). */
  records: number;
  /** UTF-8 bytes of the keys and values of those. */
  bytes: number;
  /** Records of every sort in [readFrom, to). */
  readRecords: number;
  readBytes: number;
  /** Streams that the log no longer holds from their first claim on: they stay as they are. */
  unrebuildable: number;
  /** Offsets that were asked for and lie below the start of the log. */
  lost: number;
  /** Verdicts that were given once and are not published again. */
  heldVerdicts: number;
  /** Dead letters on the way that are not mirrored again. */
  heldDeadLetters: number;
}

export interface PartitionPlan extends PlanAmounts {
  partition: number;
  /** What the operation is given to carry out. */
  select: RefoldSelection;
  /** The target as it was asked for; it may lie below the start of the log. */
  from: Offset;
  /** The checkpoint's next offset at planning, or below it the first one that no longer counts. */
  to: Offset;
  /** Where reading begins: the first claim of the earliest stream. */
  readFrom: Offset;
  /** The first of the unrebuildable streams by subject, at most {@link NAMED_STREAMS_MAX}. */
  unrebuildableStreams: string[];
  logStart: Offset;
  logEnd: Offset;
  /** As it stood at planning; null when there was none. */
  checkpoint: Checkpoint | null;
  refusal: Refusal | null;
}

/** What an operation would do, and against what it was planned. Plain JSON. */
export interface Plan {
  projection: string;
  topic: string;
  generation: number;
  partitionCount: number;
  verb: Verb;
  /** Only so many of the streams, the same ones for whoever carries it out. */
  sample?: RefoldTask['sample'];
  /** Time of day of the planning, milliseconds. */
  plannedAt: number;
  partitions: PartitionPlan[];
  totals: PlanAmounts;
  /** Null where no operation that is like it was measured. */
  etaSeconds: number | null;
  /** Some partition is refused: nothing of the plan is carried out. */
  isRefused: boolean;
}

export const NAMED_STREAMS_MAX = 100;

export const NO_AMOUNTS: PlanAmounts = {
  streams: 0,
  records: 0,
  bytes: 0,
  readRecords: 0,
  readBytes: 0,
  unrebuildable: 0,
  lost: 0,
  heldVerdicts: 0,
  heldDeadLetters: 0,
};

/** Amounts of several partitions together. */
export function totalOf(all: readonly PlanAmounts[]): PlanAmounts {
  const total = { ...NO_AMOUNTS };
  for (const one of all) {
    for (const name of Object.keys(total) as (keyof PlanAmounts)[]) total[name] += one[name];
  }
  return total;
}
