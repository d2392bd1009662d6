import type { JsonValue } from '@refold/contracts';
import type { Claim } from '@refold/domain';
import type { Projection } from '../projection.js';
import type { SlotCache } from '../slot/slot-cache.js';

/** An accepted event whose identity came again: what it was, to compare the contents. */
export interface JudgedContent {
  type: string;
  schemaVersion: number;
  data: JsonValue;
  expectedSeq: number | null;
  recordedAt: number;
}

/** What one batch of records is folded against: everything in memory, nothing to wait for. */
export interface FoldContext {
  projection: Projection;
  partition: number;
  cache: SlotCache;
  /** Contents of committed events that an identity of this batch points at: `subject#seq`. */
  committed: ReadonlyMap<string, JudgedContent>;
  /** Contents of the events accepted from this batch so far, by the same key. */
  accepted: Map<string, JudgedContent>;
}

export const contentKey = (subject: string, seq: number): string => `${subject}#${seq}`;

export const contentOf = (claim: Claim, recordedAt: number): JudgedContent => ({
  type: claim.type,
  schemaVersion: claim.schemaVersion,
  data: claim.data,
  expectedSeq: claim.expectedSeq,
  recordedAt,
});
