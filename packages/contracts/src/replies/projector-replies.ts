import { z } from 'zod';
import { count, nullableTime, positionText } from './members.js';

/** How far one partition of a projection is folded. */
const partitionReply = z.object({
  partition: count,
  /** The one that readers are given. */
  generation: count,
  /** The next offset whose effects are committed; null: nothing was folded yet. */
  checkpoint: count.nullable(),
  /** High watermark of the log; null while it does not answer. */
  end: count.nullable(),
  /** Null while the log does not answer. */
  lag_events: count.nullable(),
  /** Age of the oldest record that is not folded, 0 without lag; null while the log does not answer. */
  lag_seconds: z.number().min(0).nullable(),
  /** Why the log does not answer. */
  reason: z.string().optional(),
  role: z.enum(['live', 'aside', 'sealed', 'dropped']).optional(),
  /** The version of the rules that is in force, and the offset from which on it is. */
  decider_version: count.optional(),
  rules_from: count.optional(),
  /** The views that it is folded by. */
  views: z.string().optional(),
  as_of: nullableTime.optional(),
});

/** `GET /internal/v1/projectors` */
export const projectorsReply = z.object({
  projectors: z.array(
    z.object({
      projection: z.string(),
      topic: z.string(),
      group: z.string(),
      /** The newest that readers of any partition are given. */
      generation: count,
      partitions: z.array(partitionReply),
    }),
  ),
});
export type ProjectorsReply = z.infer<typeof projectorsReply>;

/**
 * `GET /internal/v1/projectors/drift`: where a read model does not follow the log. A missing sequence
 * number cannot be the reason: the fold itself numbers the events.
 */
export const driftReply = z.object({
  drift: z.object({
    /** `run:<run_id>:events`, `worker:<worker_id>:lifecycle` or `operation:<operation_id>:lifecycle` */
    topic: z.string(),
    /** `parked`: the fold of the stream threw. `view_stopped`: that of one view did; the stream goes on. */
    reason: z.enum(['parked', 'view_stopped']),
    last_seen_seq: count,
    expected_next_seq: count,
    /** The record at which it stands still. */
    partition: count,
    offset: count,
    /** When that record was appended; null while the log does not answer. */
    detected_at: nullableTime,
    /** The view that stopped. */
    view: z.string().optional(),
    /** Claims of the stream that wait behind that record. */
    waiting_events: count,
    error: z.string(),
    position: positionText,
  }),
});
export type DriftReply = z.infer<typeof driftReply>;
