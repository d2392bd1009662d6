import { z } from 'zod';
import { count, nullableTime } from './members.js';

/** How far one partition of a projection is folded. */
export const partitionReply = z.object({
  partition: count,
  next_offset: count,
  /** High watermark of the log; null: the log did not answer. */
  end_offset: count.nullable(),
  lag: count.nullable(),
  role: z.enum(['live', 'aside', 'sealed']),
  decider_version: count,
  views: z.string(),
  as_of: nullableTime,
  parked: count,
  dead_letters: count,
});
export type PartitionReply = z.infer<typeof partitionReply>;

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
