import type { JsonValue, StreamKind } from '@refold/contracts';

/** A decoded record: what somebody says happened, and where on the log it stands. */
export interface Claim {
  /** 128 bits of SHA-256 over (subject, source, id), base64url, 22 characters. */
  identity: string;
  kind: StreamKind;
  /** `kind/streamId`. */
  subject: string;
  streamId: string;
  source: string;
  id: string;
  type: string;
  schemaVersion: number;
  data: JsonValue;
  /**
   * `JSON.stringify(data)`: what the timeline keeps and the chain hash covers. Empty where the data has
   * a fault that `findJsonFault` finds, and only there: such a claim is never accepted.
   */
  dataText: string;
  expectedSeq: number | null;
  appendOnly: boolean;
  idempotencyKey: string | null;
  /** Null: the record was written by a trusted producer. */
  principal: string | null;
  /** The writer reaches what belongs to its principal, and not what belongs to nobody. */
  bound: boolean;
  replyTo: string | null;
  offset: number;
  /** Broker append time, milliseconds since the epoch; not monotonic by itself. */
  appendTime: number;
}

/** An accepted claim: an event of its stream. */
export interface StreamEvent {
  seq: number;
  type: string;
  /** The version it was written in. */
  schemaVersion: number;
  /** From `evolve`: in the newest version, for views. From a timeline: as it was written. */
  data: JsonValue;
  idempotencyKey: string | null;
  /** Fold time: append time made monotonic per stream, milliseconds. */
  recordedAt: number;
  /** True: it came after the terminal status and changed nothing. */
  late: boolean;
}

/** An event as it is folded, with what its timeline does not keep. */
export interface FoldedEvent extends StreamEvent {
  /** As whom it was claimed; null: by a trusted writer. */
  principal: string | null;
}
