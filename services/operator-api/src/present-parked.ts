import type { ParkedStreamReply } from '@refold/contracts';
import { errorClassOf, type ParkedStream, type Projection } from '@refold/pipeline';
import { nullableTimeText } from '@refold/serving';

/** A parked stream as replies show it. */
export const presentParked = (
  { topic }: Projection,
  { kind, streamId, partition, offset, time, error, count, last }: ParkedStream,
): ParkedStreamReply => ({
  stream: { kind, id: streamId },
  topic,
  partition,
  offset,
  recorded_at: nullableTimeText(time ?? undefined),
  error,
  error_class: errorClassOf(error),
  waiting_events: count,
  last_offset: last,
});
