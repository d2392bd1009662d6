import type { Appended, AppendRefused, OutgoingRecord } from '../ports/event-log.js';

/**
 * How publishing one record ended.
 * - `appended`: acknowledged by all replicas.
 * - `refused`: certainly not stored.
 * - `unknown`: it may be stored or may still be; safe to send again with the same event ID.
 * - `full`: not accepted, the lane holds as much as it may.
 */
export type PublishOutcome =
  | ({ kind: 'appended' } & Appended)
  | { kind: 'refused'; reason: AppendRefused['reason']; message: string }
  | { kind: 'unknown'; message: string }
  | { kind: 'full' };

/** A record that waits for its place on the log. */
export interface PendingRecord {
  readonly outgoing: OutgoingRecord;
  readonly bytes: number;
  /** Local time after which it is not sent again, milliseconds. */
  readonly giveUpAt: number;
  /** True once a send with an unknown outcome contained it. */
  sent: boolean;
  settle(outcome: PublishOutcome): void;
}
