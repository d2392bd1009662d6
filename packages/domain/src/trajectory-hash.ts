import { hash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@refold/contracts';
import type { StreamEvent } from './claim.js';

const sha256 = (value: JsonValue): string => `sha256:${hash('sha256', canonicalJson(value))}`;

/** The members of an event that its trajectory covers. */
export type TrajectoryEvent = Pick<
  StreamEvent,
  'seq' | 'type' | 'data' | 'idempotencyKey' | 'recordedAt'
>;

/**
 * Names a whole history: `sha256:` and the hex digest over the canonical JSON of the array of
 * `{seq, event_type, payload, idempotency_key, recorded_at}`, times as ISO 8601 in UTC.
 */
export const trajectoryHash = (events: readonly TrajectoryEvent[]): string =>
  sha256(
    events.map((event) => ({
      seq: event.seq,
      event_type: event.type,
      payload: event.data,
      idempotency_key: event.idempotencyKey,
      recorded_at: new Date(event.recordedAt).toISOString(),
    })),
  );

/** Names a payload: `sha256:` and the hex digest over its canonical JSON. */
export const payloadHash = (payload: JsonValue): string => sha256(payload);

/** Names the summary of a stream: over `{run_id | worker_id, status, last_seq, event_count}`. */
export const projectionHash = (
  summary: {
    [member in 'run_id' | 'worker_id']?: string;
  } & { status: string; last_seq: number; event_count: number },
): string => sha256({ ...summary });
