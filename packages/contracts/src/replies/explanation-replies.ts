import { z } from 'zod';
import { REFUSAL_CODES } from '../verdict.js';
import { count, pageMembers, timeText } from './members.js';

/**
 * What became of a record. `skips`: it is no claim, and says that one is skipped. `withdraws`: it says of an operation that it
 * skips one no more. `void`: it would be one of these two, and the other stands before it. `unknown`: the log no longer has what came before it, or other streams decide it.
 */
export const EXPLAINED_VERDICTS = [
  'accepted',
  'duplicate',
  'rejected',
  'parked',
  'dead_letter',
  'skips',
  'withdraws',
  'void',
  'unknown',
] as const;

/** A record of a stream: where it stands, what it says, and what the rules say of it. */
const explainedRecord = z.object({
  partition: count,
  offset: count,
  /** The broker's append time; where a topic keeps producers' times, the producer's. */
  recorded_at: timeText,
  /** UTF-8 bytes of the value. */
  bytes: count,
  /** These are null for a dead letter, and all but the type for a record that skips a claim or withdraws that. */
  event_id: z.string().nullable(),
  source: z.string().nullable(),
  event_type: z.string().nullable(),
  schema_version: count.nullable(),
  expected_seq: count.nullable(),
  principal: z.string().nullable(),
  /** The version of the rules in force at this offset. */
  rules_version: count,
  verdict: z.enum(EXPLAINED_VERDICTS),
  /** Of an accepted event, or of the event that a duplicate repeats. */
  seq: count.nullable(),
  /** The status of the stream behind it. */
  status: z.string().nullable(),
  /** Why it was rejected; `replayed`: it met the refusal of an earlier record with its identity. */
  code: z.enum(REFUSAL_CODES).nullable(),
  replayed: z.boolean(),
  detail: z.looseObject({}).nullable(),
  /** Why the stream is parked, or why the record is a dead letter or void. */
  reason: z.string().nullable(),
  /** The claim that the record skips, or whose skip it withdraws: where it stands, and its identity in the stream. */
  skips: z.object({ offset: count, source: z.string(), event_id: z.string() }).nullable(),
});
export type ExplainedRecordReply = z.infer<typeof explainedRecord>;

/** `GET /internal/v1/explanations` */
export const explanationReply = z.object({
  subject: z.string(),
  topic: z.string(),
  partition: count,
  /** What was looked at: the start of the log, and the next offset that is not folded yet. */
  log_start: count,
  folded_to: count,
  /** False: the log no longer has the beginning of the stream, and no verdict is known. */
  complete: z.boolean(),
  records: z.array(explainedRecord),
  ...pageMembers,
});
export type ExplanationReply = z.infer<typeof explanationReply>;
