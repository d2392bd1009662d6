import { createHash } from 'node:crypto';
import { DECIDER_VERSION } from '@refold/domain';
import type { Claim } from '@refold/domain';
import type { LogRecord, Offset } from '../ports/event-log.js';
import type { LastRecord } from '../slot/checkpoint.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import { CutWriter } from './cut-writer.js';
import type { FoldContext, Item } from './fold-context.js';
import { judgeClaim } from './judge-claim.js';

/** Bounds of one commit: about 2 ms of the store, 1 MiB on the wire. */
export interface CutLimits {
  records: number;
  bytes: number;
  streams: number;
}

export const CUT_LIMITS: CutLimits = { records: 2000, bytes: 1_048_576, streams: 1500 };

/** What stands in the way of going on behind a cut. */
export interface Halt {
  offset: Offset;
  what: string;
}

/** One commit's worth of records, folded. */
export interface FoldedCut {
  cut: CutWriter;
  /** How many items it covers. */
  length: number;
  decider: number;
  /** The partition's time behind it. */
  time: number;
  last: LastRecord | null;
  /** Set when the next record is ours, but of a version this build does not know. */
  halt: Halt | null;
}

/** What identifies a record for the comparison after a takeover. */
export const recordDigest = (value: string): string =>
  createHash('sha256').update(value).digest('hex').slice(0, 16);

export const lastRecordOf = (record: LogRecord): LastRecord => ({
  offset: record.offset,
  timestamp: record.timestamp,
  digest: recordDigest(record.value ?? ''),
  leaderEpoch: record.leaderEpoch,
});

function deadLetterOf(context: FoldContext, record: LogRecord, reason: string): DeadLetter {
  const { topic } = context.projection;
  const { offset, key, value, timestamp } = record;
  return { topic, partition: context.partition, offset, reason, key, value, timestamp };
}

/** Folds items from `start` on until a bound is met. Changes the cache: drop it if the commit fails. */
export function foldCut(
  context: FoldContext,
  items: readonly Item[],
  start: number,
  limits: CutLimits = CUT_LIMITS,
): FoldedCut {
  const { cache } = context;
  const cut = new CutWriter(cache);
  let { decider } = cache.checkpoint;
  let { time } = cache;
  let at = start;
  let halt: Halt | null = null;
  for (; at < items.length && halt === null; at++) {
    const item = items[at];
    if (item === undefined || isFull(cut, at - start, limits)) break;
    const { decoded, record } = item;
    if (decoded.kind === 'unknown_version') {
      halt = { offset: decoded.offset, what: decoded.what };
      break;
    }
    if (decoded.kind === 'rules' && decoded.decider > DECIDER_VERSION) {
      halt = { offset: decoded.offset, what: `decider version ${decoded.decider}` };
      break;
    }
    // The time stamp of an unfit record may be its producer's.
    if (record.unfit === undefined) time = Math.max(time, record.timestamp);
    cache.time = time;
    if (decoded.kind === 'rules') decider = decoded.decider;
    else if (decoded.kind === 'dead_letter') foldDeadLetter(context, cut, record, decoded.reason);
    else foldClaim(context, cut, item, decoded.claim);
    item.judged = true;
  }
  const lastItem = items[at - 1];
  const last = at > start && lastItem !== undefined ? lastRecordOf(lastItem.record) : null;
  return { cut, length: at - start, decider, time, last, halt };
}

const isFull = (cut: CutWriter, records: number, limits: CutLimits): boolean =>
  records > 0 &&
  (records >= limits.records || cut.bytes >= limits.bytes || cut.streams >= limits.streams);

function foldDeadLetter(
  context: FoldContext,
  cut: CutWriter,
  record: LogRecord,
  reason: string,
): void {
  cut.addDeadLetter(deadLetterOf(context, record, reason));
  cut.countVerdict({ kind: 'dead_letter', reason });
}

function foldClaim(context: FoldContext, cut: CutWriter, item: Item, claim: Claim): void {
  const { stream } = item;
  if (stream === null) throw new Error(`${claim.subject} was not loaded before the fold`);
  const verdict = judgeClaim(context, cut, stream, claim);
  item.verdict = verdict;
  cut.countVerdict(verdict);
  if (verdict === null || claim.replyTo === null) return;
  cut.addReply(claim.replyTo, {
    topic: context.projection.topic,
    partition: context.partition,
    offset: claim.offset,
    verdict,
  });
}
