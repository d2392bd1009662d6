/** Why the rules refuse a claim. A refusal is history, not an error. */
export const REFUSAL_CODES = [
  'forbidden',
  'idempotency_conflict',
  'not_found',
  'sequence_conflict',
  'invalid_data',
  'invalid_transition',
  'skipped',
  'run_archived',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** What a refusal tells besides its code; every member is a pure function of the log. */
export interface RefusalDetail {
  /** `sequence_conflict`: what the claim expected and what was last. */
  expected_seq?: number;
  actual_seq?: number;
  /** `invalid_data`: JSON Pointer of the member, and what was expected there. */
  pointer?: string;
  expected?: string;
  /** `invalid_transition`: the status the stream had, and the transition that was asked for. */
  from?: string;
  transition?: string;
  /** `idempotency_conflict`: the sequence number of the event that holds the identity. */
  seq?: number;
}

/** What the fold says of one claim. */
export type Verdict =
  | { kind: 'accepted'; seq: number; status: string; recorded_at: number }
  | { kind: 'duplicate'; seq: number; status: string; recorded_at: number }
  | { kind: 'rejected'; code: RefusalCode; detail: RefusalDetail; replayed: boolean }
  | { kind: 'parked'; error: string }
  | { kind: 'dead_letter'; reason: string };

/** A verdict on its way to the ingest instance that waits for it, matched by where the record is. */
export interface VerdictNotice {
  topic: string;
  partition: number;
  offset: number;
  verdict: Verdict;
}

/** The pub/sub channel of one ingest instance. */
export const replyChannel = (instance: string): string => `refold:reply:${instance}`;
