import { z } from 'zod';
import { OPERATION_APPROVALS, OPERATION_STATUSES } from '../events/operation-events.js';
import { count, nullableTime, pageMembers, readMembers, timeText } from './members.js';

/** What a plan comes to, in one partition or in all of them. */
const amounts = {
  streams: count,
  /** Claims of those streams that are folded again. */
  records: count,
  bytes: count,
  /** Records of every sort that are read for it. */
  read_records: count,
  /** Streams that the log no longer has from their beginning: they stay as they are. */
  unrebuildable: count,
  /** Streams beyond those that one plan takes: they are left for another one. */
  left_out: count,
  /** Offsets that were asked for, and that the log no longer has. */
  lost: count,
  /** Verdicts and mirrored dead letters that were told once, and are not told again. */
  held_verdicts: count,
  held_dead_letters: count,
};

const partitionPlan = z.object({
  partition: count,
  from: count,
  to: count,
  read_from: count,
  log_start: count,
  log_end: count,
  /** Some of the streams that stay as they are. */
  unrebuildable_streams: z.array(z.string()).optional(),
  /** Streams that the plan chose: because they stand parked, or to be archived. */
  subjects: z.array(z.string()).optional(),
  /** With archive: events that those runs hold. */
  held_events: count.optional(),
  /** With truncate: why no more of the log goes; from that offset on it stays. */
  held_by: z
    .object({
      reason: z.enum(['stream', 'parted', 'not_folded', 'recent']),
      offset: count,
      stream: z.string().optional(),
      /** Where a generation is the reason: it is folded no further, or, if recent, no further than a day behind that. */
      generation: count.optional(),
    })
    .optional(),
  /** The claim that is left out. */
  skip: z
    .object({ subject: z.string(), offset: count, source: z.string(), id: z.string() })
    .optional(),
  /** Of a dead letter that is published again: why it is one, its digest, and which members are changed. */
  letter: z
    .object({
      reason: z.string(),
      bytes: count,
      digest: z.string().nullable(),
      changed: z.array(z.string()).nullable(),
    })
    .optional(),
  /** The record that is written for it. */
  record: z
    .object({ topic: z.string(), partition: count, key: z.string(), value: z.looseObject({}) })
    .optional(),
  ...amounts,
});

/** What a plan on generations says besides: which one it makes, makes live or drops. */
const generationPlan = z.object({
  generation: count,
  /** With rollback: the one that it takes back. */
  from: count.optional(),
  /** What it is folded into. */
  views: z.string().optional(),
  /** With drop: whether it was live before. */
  state: z.enum(['building', 'retired']).optional(),
  /** With swap and rollback: how many streams differ, and the digest of these differences. */
  digest: z.string().nullable().optional(),
  streams: count.optional(),
  added: count.optional(),
  removed: count.optional(),
  changed: count.optional(),
});

/** What a plan on the rules says besides. */
const rulesPlan = z.object({
  decider: count,
  /** What cannot be known when it is planned. */
  note: z.string(),
});

/** What an operation would do. */
export const planReply = z.object({
  verb: z.string(),
  projection: z.string(),
  generation: count,
  generations: generationPlan.optional(),
  rules: rulesPlan.optional(),
  arguments: z.looseObject({}),
  /** Only so many of the streams; null: all of them. */
  sample: z.number().nullable(),
  /** Share of the time that it takes; null: what is usual. */
  share: z.number().nullable(),
  ...amounts,
  /** Null where nothing could be measured. */
  records_per_second: z.number().min(0).nullable(),
  eta_seconds: z.number().min(0).nullable(),
  /** Partitions of which nothing is folded yet, so that there is nothing to do. */
  not_folded: z.array(count),
  partitions: z.array(partitionPlan),
});
export type PlanReply = z.infer<typeof planReply>;

const by = z.string().nullable();

/** One operation, without its plan. */
export const operationReply = z.object({
  operation_id: z.string(),
  verb: z.string(),
  projection: z.string(),
  status: z.enum(OPERATION_STATUSES),
  approval: z.enum(OPERATION_APPROVALS),
  last_seq: count,
  planned: z.object({ records: count, streams: count, bytes: count, partitions: count }),
  /** What came out in the partitions that are finished. */
  result: z.object({
    records: count,
    streams: count,
    bytes: count,
    replaced: count,
    tail_records: count,
    read_records: count,
    differing: count,
    unrebuildable: count,
    /** With archive: runs that the rules did not let be archived. */
    refused: count,
    /** Streams that were folded again and stand parked all the same. */
    still_parked: count,
  }),
  finished_partitions: z.array(count),
  failed_partitions: count,
  canceled_partitions: count,
  error: z.string().nullable(),
  /** Where the record stands that was written for a dead letter, and its identity. */
  record: z
    .object({
      topic: z.string(),
      partition: count,
      offset: count,
      source: z.string(),
      id: z.string(),
    })
    .optional(),
  /** Names are null where nobody was asked who calls. */
  planned_by: by,
  planned_at: timeText,
  approved_by: by,
  approved_at: nullableTime,
  /** What was said with the decision. */
  approved_reason: z.string().nullable(),
  started_by: by,
  started_at: nullableTime,
  cancel_requested_by: by,
  cancel_requested_at: nullableTime,
  cancel_requested_reason: z.string().nullable(),
  finished_at: nullableTime,
  ...readMembers,
});
export type OperationReply = z.infer<typeof operationReply>;

/** Part of the work that is done. */
const done = z.number().min(0).max(1);
const etaSeconds = z.number().min(0).nullable();

/**
 * What is done for an operation in a partition. `waiting`: it did not begin, or cannot. `finished`: what came out is on its
 * way.
 */
export const REFOLD_PHASES = [
  'waiting',
  'selecting',
  'folding',
  'replacing',
  'comparing',
  'cleaning',
  'finished',
] as const;

/** How far a running operation is, as those who carry it out last said. */
export const operationProgressReply = z.object({
  done,
  /** Null where nothing could be measured yet. */
  eta_seconds: etaSeconds,
  /** Partitions that are not finished. */
  partitions: z.array(
    z.object({
      partition: count,
      /** Null: nobody has said anything of it yet. */
      phase: z.enum(REFOLD_PHASES).nullable(),
      done,
      eta_seconds: etaSeconds,
      streams: count,
      /** Streams that are replaced or compared. */
      settled: count,
      read_records: count,
      /** Why nothing is done, and what helps; null while something is. */
      trouble: z.string().nullable(),
    }),
  ),
});
export type OperationProgressReply = z.infer<typeof operationProgressReply>;

/**
 * How what is stored differs from what the log says.
 * - `missing`, `unexpected`: it is not there, or should not be.
 * - `behind`, `ahead`: it has fewer, or more, events than the log gives it.
 * - `gap`: events are missing within its timeline.
 * - `count_mismatch`: a number that counts something is another one.
 * - `hash_mismatch`: content, chain, register or any other member is another one.
 */
export const DRIFT_KINDS = [
  'missing',
  'unexpected',
  'behind',
  'ahead',
  'gap',
  'count_mismatch',
  'hash_mismatch',
] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

const difference = z.object({
  partition: count,
  /** The subject; null: it concerns the partition, as its counters do. */
  stream: z.string().nullable(),
  kind: z.enum(DRIFT_KINDS),
  /** JSON pointer into the document, or `/timeline/SEQ`, `/register`, `/indexes/NAME`, `/counters/NAME`. */
  field: z.string(),
  stored: z.string().nullable(),
  expected: z.string().nullable(),
});
export type DifferenceReply = z.infer<typeof difference>;

/** `GET /internal/v1/operations/:operation_id`, and what every write on an operation answers. */
export const operationWithPlanReply = operationReply.extend({
  plan: planReply,
  /** Null unless it runs. */
  progress: operationProgressReply.nullable(),
  /** With `include=differences`: what was found so far, at most 1,000, by partition. */
  differences: z.array(difference).optional(),
  /** With `include=differences`: how many were found besides those that are listed. */
  differences_left_out: count.optional(),
  /** With `include=differences`: how many there are of each kind, listed or not. */
  drift: z.partialRecord(z.enum(DRIFT_KINDS), count).optional(),
});
export type OperationWithPlanReply = z.infer<typeof operationWithPlanReply>;

/** `200` of `POST /internal/v1/operations` with `dry_run`. */
export const dryRunReply = z.object({ plan: planReply });
export type DryRunReply = z.infer<typeof dryRunReply>;

/** `GET /internal/v1/operations` */
export const operationListReply = z.object({
  operations: z.array(operationReply),
  ...pageMembers,
});
export type OperationListReply = z.infer<typeof operationListReply>;
