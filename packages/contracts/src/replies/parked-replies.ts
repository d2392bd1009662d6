import { z } from 'zod';
import { STREAM_KINDS } from '../ids.js';
import { count, jsonValue, nullableTime, pageMembers, readMembers, timeText } from './members.js';

/** A stream that stands still at a claim on which the rules threw. */
const parkedStream = z.object({
  stream: z.object({ kind: z.enum(STREAM_KINDS), id: z.string() }),
  topic: z.string(),
  partition: count,
  /** The claim that threw. */
  offset: count,
  /** When it was appended; null where an older build parked the stream. */
  recorded_at: nullableTime,
  error: z.string(),
  /** What stands before the first colon of the error. */
  error_class: z.string(),
  /** Claims that came since, and where the last of them is. */
  waiting_events: count,
  last_offset: count,
});
export type ParkedStreamReply = z.infer<typeof parkedStream>;

/** `GET /internal/v1/parked` */
export const parkedListReply = z.object({ parked: z.array(parkedStream), ...pageMembers });
export type ParkedListReply = z.infer<typeof parkedListReply>;

/** `GET /internal/v1/parked/:projection/:stream_id` */
export const parkedReply = parkedStream.extend({
  /** The claim that threw; null where the log no longer has it. */
  event: z
    .object({
      event_type: z.string(),
      schema_version: count,
      source: z.string(),
      event_id: z.string(),
      principal: z.string().nullable(),
      recorded_at: timeText,
      payload: jsonValue,
    })
    .nullable(),
  /** The stream before that claim; null where it would have begun it. */
  state_before: z
    .object({ status: z.string(), last_seq: count, chain: z.string(), views: jsonValue })
    .nullable(),
  ...readMembers,
});
export type ParkedReply = z.infer<typeof parkedReply>;
