import type { EventReply } from '@refold/contracts';
import type { TimelineEvent } from '@refold/pipeline';
import { timeText } from '@refold/serving';

/** An event as replies show it; all events of a stream are on one partition. */
export function presentEvent(event: TimelineEvent, partition: number): EventReply {
  return {
    seq: event.seq,
    event_type: event.type,
    payload: event.data,
    idempotency_key: event.idempotencyKey,
    recorded_at: timeText(event.recordedAt),
    partition,
    offset: event.offset,
    ...(event.late ? { late: true as const } : {}),
  };
}
