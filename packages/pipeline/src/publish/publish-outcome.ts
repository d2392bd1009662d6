import type { Appended, AppendRefused, OutgoingRecord } from '../ports/event-log.js';

/**
 * How publishing one record ended.
 * - `appended`: acknowledged by all replicas.
 * - `refused`: certainly not stored.
 * - `unknown`: it may be stored or may still be; safe to send again with the same event ID.
 * - `unsent`: given up before it left; certainly not stored.
 * - `full`: not accepted, the lane holds as much as it may.
 */
export type PublishOutcome =
  | ({ kind: 'appended' } & Appended)
  | { kind: 'refused'; reason: AppendRefused['reason']; message: string }
  | { kind: 'unknown'; message: string }
  | { kind: 'unsent'; message: string }
  | { kind: 'full' };

/** How a record ends that is not sent again: what never left cannot be stored. */
export const givenUp = ({ sent }: PendingRecord, message: string): PublishOutcome => ({
  kind: sent ? 'unknown' : 'unsent',
  message,
});

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
