import { z } from 'zod';
import { count, nullableTime } from './members.js';

/** How far one partition of a projection is folded. */
const partitionReply = z.object({
  partition: count,
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
  role: z.enum(['live', 'aside', 'sealed']).optional(),
  decider_version: count.optional(),
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
      generation: count,
      partitions: z.array(partitionReply),
    }),
  ),
});
export type ProjectorsReply = z.infer<typeof projectorsReply>;
