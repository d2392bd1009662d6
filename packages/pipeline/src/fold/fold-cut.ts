import { createHash } from 'node:crypto';
import { newestDecider, rulesOf } from '@refold/domain';
import type { Claim, KindRules, Rules } from '@refold/domain';
import type { LogRecord, Offset } from '../ports/event-log.js';
import type { LastRecord } from '../slot/checkpoint.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import { contradictionOf } from '../slot/rules-history.js';
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

/**
 * What of a record only a newer build may judge; null: nothing. A claim is held to the rules in force,
 * not to the newest of this build: a type that only later rules know is kept by these as it is,
 * whatever its version, as every build before has done.
 */
function unknownIn(
  context: FoldContext,
  rules: KindRules,
  decoded: Item['decoded'],
): string | null {
  if (decoded.kind === 'claim') {
    const { kind, type, schemaVersion } = decoded.claim;
    if (schemaVersion === 1) return null;
    const newest = rules[kind].schemaVersionOf(type);
    return newest === undefined || schemaVersion <= newest
      ? null
      : `${type} version ${schemaVersion}`;
  }
  if (decoded.kind === 'unknown_version') return decoded.what;
  if (decoded.kind !== 'rules' || decoded.decider <= newestDecider(context.rulebook)) return null;
  const isDead = contradictionOf(context.cache.history, decoded) !== null;
  return isDead ? null : `decider version ${decoded.decider}`;
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
  let rules = rulesOf(context.rulebook, decider);
  let { time } = cache;
  let at = start;
  let halt: Halt | null = null;
  for (; at < items.length && halt === null; at++) {
    const item = items[at];
    if (item === undefined || isFull(cut, at - start, limits)) break;
    const { decoded, record } = item;
    const what = unknownIn(context, rules, decoded);
    if (what !== null) {
      halt = { offset: record.offset, what };
      break;
    }
    // The time stamp of an unfit record may be its producer's.
    if (record.unfit === undefined) time = Math.max(time, record.timestamp);
    if (item.time !== undefined) time = Math.max(time, item.time);
    cache.time = time;
    if (decoded.kind === 'claim') {
      foldClaim(context, cut, item, decoded.claim, rules[decoded.claim.kind]);
    } else if (!foldDeadLetter(context, cut, record, decoded)) {
      // A skipped claim stands before this: its stream is folded again, where it has a document.
      if (decoded.kind === 'skip') cut.addSkip(decoded.skip, item.stream?.document != null);
      if (decoded.kind === 'withdrawal') cut.withdrawSkip(decoded.skip);
      if (decoded.kind === 'rules') {
        cut.changeRules(decoded);
        ({ decider } = decoded);
        rules = rulesOf(context.rulebook, decider);
      }
    }
    item.judged = true;
  }
  const lastItem = items[at - 1];
  const last = at > start && lastItem !== undefined ? lastRecordOf(lastItem.record) : null;
  return { cut, length: at - start, decider, time, last, halt };
}

function deadReasonOf({ cache }: FoldContext, decoded: Item['decoded']): string | null {
  if (decoded.kind === 'rules') return contradictionOf(cache.history, decoded);
  if (decoded.kind === 'skip') return cache.skips.contradictionOf(decoded.skip);
  return decoded.kind === 'dead_letter' ? decoded.reason : null;
}

const isFull = (cut: CutWriter, records: number, limits: CutLimits): boolean =>
  records > 0 &&
  (records >= limits.records || cut.bytes >= limits.bytes || cut.streams >= limits.streams);

/** False: the record is no dead letter. */
function foldDeadLetter(
  context: FoldContext,
  cut: CutWriter,
  record: LogRecord,
  decoded: Item['decoded'],
): boolean {
  const reason = deadReasonOf(context, decoded);
  if (reason === null) return false;
  cut.addDeadLetter(deadLetterOf(context, record, reason));
  cut.countVerdict({ kind: 'dead_letter', reason });
  return true;
}

function foldClaim(
  context: FoldContext,
  cut: CutWriter,
  item: Item,
  claim: Claim,
  rules: Rules,
): void {
  const { stream } = item;
  if (stream === null) throw new Error(`${claim.subject} was not loaded before the fold`);
  const verdict = judgeClaim(context, cut, stream, claim, rules);
  item.verdict = verdict;
  if (verdict !== null) {
    const isNew = stream.document?.parked?.offset === claim.offset;
    cut.noteClaim(stream.subject, isNew && verdict.kind === 'parked' ? verdict.error : null);
  }
  cut.countVerdict(verdict);
  if (verdict === null || claim.replyTo === null) return;
  cut.addReply(claim.replyTo, {
    topic: context.projection.topic,
    partition: context.partition,
    offset: claim.offset,
    verdict,
  });
}
