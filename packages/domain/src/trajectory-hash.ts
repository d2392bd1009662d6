import { createHash, hash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@refold/contracts';
import type { StreamEvent } from './claim.js';

const sha256 = (value: JsonValue): string => `sha256:${hash('sha256', canonicalJson(value))}`;

/** The members of an event that its trajectory covers. */
export type TrajectoryEvent = Pick<
  StreamEvent,
  'seq' | 'type' | 'data' | 'idempotencyKey' | 'recordedAt'
>;

/** Hashes a history event by event, so that it never has to be in memory as a whole. */
export interface TrajectoryHasher {
  /** The next event, in the order of their sequence numbers. */
  add(event: TrajectoryEvent): void;
  /** The name of everything added; nothing may be added afterwards. */
  digest(): string;
}

/**
 * Names a whole history: `sha256:` and the hex digest over the canonical JSON of the array of
 * `{seq, event_type, payload, idempotency_key, recorded_at}`, times as ISO 8601 in UTC.
 */
export function trajectoryHasher(): TrajectoryHasher {
  const sum = createHash('sha256');
  let separator = '[';
  return {
    add(event) {
      const text = canonicalJson({
        seq: event.seq,
        event_type: event.type,
        payload: event.data,
        idempotency_key: event.idempotencyKey,
        recorded_at: new Date(event.recordedAt).toISOString(),
      });
      sum.update(`${separator}${text}`);
      separator = ',';
    },
    digest: () => `sha256:${sum.update(separator === '[' ? '[]' : ']').digest('hex')}`,
  };
}

/** What {@link trajectoryHasher} names these events. */
export function trajectoryHash(events: readonly TrajectoryEvent[]): string {
  const hasher = trajectoryHasher();
  for (const event of events) hasher.add(event);
  return hasher.digest();
}

/** Names a payload: `sha256:` and the hex digest over its canonical JSON. */
export const payloadHash = (payload: JsonValue): string => sha256(payload);

/** Names the summary of a stream: over `{run_id | worker_id, status, last_seq, event_count}`. */
export const projectionHash = (
  summary: {
    [member in 'run_id' | 'worker_id']?: string;
  } & { status: string; last_seq: number; event_count: number },
): string => sha256({ ...summary });
