import { z } from 'zod';
import { count, nullableTime } from './members.js';

/** How far one partition of a projection is folded. */
const partitionReply = z.object({
  partition: count,
  /** The next offset whose effects are committed; null: nothing was folded yet. */
  checkpoint: count.nullable(),
  /** High watermark of the log. */
  end: count,
  lag_events: count,
  /** Age of the checkpoint's last record while there is lag, else 0; null: nothing was folded yet. */
  lag_seconds: z.number().min(0).nullable(),
  role: z.enum(['live', 'aside', 'sealed']).optional(),
  decider_version: count.optional(),
  views: z.string().optional(),
  as_of: nullableTime.optional(),
  parked: count.optional(),
  dead_letters: count.optional(),
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
