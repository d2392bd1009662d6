import type { JsonValue, Verdict } from '@refold/contracts';
import type { Claim, Rulebook } from '@refold/domain';
import type { LogRecord } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import type { CachedStream } from '../slot/cached-stream.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { Decoded } from './decode.js';

/** A record of a batch on its way through the fold. */
export interface Item {
  record: LogRecord;
  /** `left_out`: a claim that is not judged here. */
  decoded: Decoded | { kind: 'left_out' };
  /** The partition's time here, where more is known of it than time stamps say, milliseconds. */
  time?: number;
  /** The stream of a claim, once it is loaded. */
  stream: CachedStream | null;
  /** True once the fold has passed it. */
  judged: boolean;
  /** What the fold said of the claim; null when it had judged it before the checkpoint was lost. */
  verdict: Verdict | null;
}

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
  /** Has the rules of the version in force; a newer one that is met stops the partition. */
  rulebook: Rulebook;
  cache: SlotCache;
  items: readonly Item[];
  /** Contents of committed events that an identity of this batch points at: `subject#seq`. */
  committed: ReadonlyMap<string, JudgedContent>;
  /** Events accepted from this batch, by identity, of the first `indexed` items. */
  accepted: { byIdentity: Map<string, Item>; indexed: number };
}

export const contentKey = (subject: string, seq: number): string => `${subject}#${seq}`;

export const contentOf = (claim: Claim, recordedAt: number): JudgedContent => ({
  type: claim.type,
  schemaVersion: claim.schemaVersion,
  data: claim.data,
  expectedSeq: claim.expectedSeq,
  recordedAt,
});

/** The content of event `seq`, which carries this identity: committed before, or accepted from this batch. */
export function firstContent(
  context: FoldContext,
  subject: string,
  seq: number,
  identity: string,
): JudgedContent {
  const committed = context.committed.get(contentKey(subject, seq));
  if (committed !== undefined) return committed;
  const { decoded, verdict } = acceptedFrom(context).get(identity) ?? {};
  if (decoded?.kind !== 'claim' || verdict?.kind !== 'accepted') {
    throw new Error(`event ${seq} of ${subject} was not loaded before the fold`);
  }
  return contentOf(decoded.claim, verdict.recorded_at);
}

/** Repetitions within a batch are rare, so its items are indexed only when one is met. */
function acceptedFrom({ items, accepted }: FoldContext): Map<string, Item> {
  for (; accepted.indexed < items.length; accepted.indexed++) {
    const item = items[accepted.indexed];
    if (item === undefined || !item.judged) break;
    if (item.decoded.kind === 'claim' && item.verdict?.kind === 'accepted') {
      accepted.byIdentity.set(item.decoded.claim.identity, item);
    }
  }
  return accepted.byIdentity;
}
