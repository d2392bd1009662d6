import { z } from 'zod';
import { count, pageMembers, timeText } from './members.js';

/** A record that could not be folded. */
export const deadLetterReply = z.object({
  topic: z.string(),
  partition: count,
  offset: count,
  /** Why, and what to do so that the next one is not. */
  reason: z.string(),
  key: z.string().nullable(),
  /** UTF-8 bytes of the value, which stands at this place of its topic. */
  bytes: count,
  /** The broker's append time; where a topic keeps producers' times, the producer's. */
  recorded_at: timeText,
  /** Bytes that a text had which stands here cut. */
  cut: z.object({ reason: count, key: count, value: count }).partial().optional(),
  /** The operation by which it is, or was, published again. */
  republished_by: z.string().optional(),
});

/** `GET /internal/v1/dead-letters/:projection/:partition/:offset` */
export const deadLetterWithValueReply = deadLetterReply.extend({
  /** The value as it stands on the topic; null where it has none, or the log no longer has it. */
  value: z.string().nullable(),
});
export type DeadLetterWithValueReply = z.infer<typeof deadLetterWithValueReply>;

/** `GET /internal/v1/dead-letters` */
export const deadLetterListReply = z.object({
  dead_letters: z.array(deadLetterReply),
  ...pageMembers,
});
export type DeadLetterListReply = z.infer<typeof deadLetterListReply>;
