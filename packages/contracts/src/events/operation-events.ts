import { z } from 'zod';
import { PARTITIONS_MAX } from '../topics.js';
import { jsonObject, optionalText } from './members.js';

/** The statuses an operation may have; the last three are its ends. */
export const OPERATION_STATUSES = [
  'awaiting_approval',
  'planned',
  'approved',
  'running',
  'canceling',
  'done',
  'failed',
  'canceled',
] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** How an operation ends, or its part in one partition. */
export const OPERATION_OUTCOMES = ['done', 'failed', 'canceled'] as const;
export type OperationOutcome = (typeof OPERATION_OUTCOMES)[number];

/** Whether a second principal has to agree before an operation may start. */
export const OPERATION_APPROVALS = ['required', 'not_required'] as const;
export type OperationApproval = (typeof OPERATION_APPROVALS)[number];

/** Most differences that the result of one partition lists. */
export const DIFFERENCES_MAX = 1_000;

/** Names in events of operations: they stand in names of indexes. */
const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, { error: 'expected 1-64 characters of a-z 0-9 _ -' });

const count = z.number().int().min(0);
const share = z.number().gt(0).max(1);
const partition = z
  .number()
  .int()
  .min(0)
  .max(PARTITIONS_MAX - 1);

/**
 * What is planned in one partition: from which offset to which, what that has, and where reading
 * begins. All but the partition is left to the verb. Written with 16 digits each, and for every
 * partition there may be, it fits into a record.
 */
const plannedPartition = z.looseObject({
  partition,
  from: count.nullish(),
  to: count.nullish(),
  read_from: count.nullish(),
  records: count.nullish(),
  streams: count.nullish(),
  bytes: count.nullish(),
  unrebuildable: count.nullish(),
});

/** A plan: its totals, and its part in each partition that it is about. */
const plan = z.looseObject({
  records: count,
  streams: count,
  bytes: count,
  partitions: z.array(plannedPartition).max(PARTITIONS_MAX),
});

/** `operation.planned`: begins an operation. */
export const operationPlannedSchema = z.looseObject({
  verb: name,
  projection: name,
  arguments: jsonObject.nullish(),
  plan,
  approval: z.enum(OPERATION_APPROVALS),
  /** Only so many of the streams, above 0 to 1, the same ones for one seed. */
  sample: z.looseObject({ share, seed: z.string().max(128) }).nullish(),
  /** Share of the time that it takes on each partition. */
  share: share.nullish(),
});
export type OperationPlanned = z.infer<typeof operationPlannedSchema>;

/** `operation.approved`, `operation.cancel_requested`. */
export const operationDecisionSchema = z.looseObject({ reason: optionalText(4096) }).nullable();

/** `operation.started` */
export const operationStartedSchema = z.looseObject({}).nullable();

const results = {
  outcome: z.enum(OPERATION_OUTCOMES),
  streams: count,
  replaced: count,
  records: count,
  error: optionalText(4096),
};

/** `operation.partition_finished`: what came out in one partition. */
export const operationPartitionFinishedSchema = z.looseObject({
  partition,
  ...results,
  tail_records: count.nullish(),
  read_records: count.nullish(),
  bytes: count.nullish(),
  read_from: count.nullish(),
  to: count.nullish(),
  differing: count.nullish(),
  unrebuildable: count.nullish(),
  refused: count.nullish(),
  still_parked: count.nullish(),
  differences: z.array(z.unknown()).max(DIFFERENCES_MAX).nullish(),
  /** How many differences there are of each kind, listed or not. */
  drift: z.record(name, count).nullish(),
});
export type OperationPartitionFinished = z.infer<typeof operationPartitionFinishedSchema>;

/** `operation.finished` */
export const operationFinishedSchema = z.looseObject({
  outcome: results.outcome,
  error: results.error,
});
export type OperationFinished = z.infer<typeof operationFinishedSchema>;
