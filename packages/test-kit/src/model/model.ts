import { EMPTY_CHAIN, nextChain, sortedJson } from './chain.js';
import { readRecord, type ModelChange, type ModelClaim, type ModelRecord } from './read-record.js';
import { NO_POISON, placeOf, skipsIn, type ModelPoison } from './skips.js';
import { isEnd, statusAtBirth, stepOf } from './transitions.js';
import { isValidData } from './event-shapes.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const REFUSALS_MAX = 65_536;

/** What the model says of one record. `rules`: it is no claim, and says how others are judged. */
export type ModelVerdict =
  | { kind: 'accepted' | 'duplicate'; seq: number }
  | { kind: 'rejected'; code: string; replayed: boolean }
  | { kind: 'dead_letter' | 'rules' | 'parked' };

/** What the model says of one stream, after the whole log. */
export interface ModelStream {
  status: string;
  seq: number;
  event_count: number;
  message_count: number;
  tool_call_count: number;
  late_count: number;
  chain: string;
  /** Append times made monotonic, of the first and of the last event. */
  created_at: number;
  updated_at: number;
}

/** What the log means, if this model is right. */
export interface Model {
  /** By subject, `run/…`, `worker/…` or `operation/…`. */
  streams: Map<string, ModelStream>;
  /** Per partition: offset → verdict. */
  verdicts: Map<number, ModelVerdict>[];
  /** Per partition: the offset of a record that only a newer build may judge, or null. */
  stoppedAt: (number | null)[];
  /** Per partition: from which offset on which version of the rules holds, after the first. */
  histories: [offset: number, version: number][][];
}

/** What version 2, 3, … of the rules refuse as a transition beside what the first refuses. */
export type ModelRefusals = readonly ((claim: ModelClaim) => boolean)[];

interface Remembered {
  content: string;
  verdict: ModelVerdict;
  time: number;
  lapses: boolean;
}

interface Partition {
  streams: Map<string, ModelStream>;
  owners: Map<string, string | null>;
  /** First verdicts by identity; refusals in the order they were given. */
  accepted: Map<string, Remembered>;
  refused: Map<string, Remembered>;
  history: [offset: number, version: number][];
  /** Streams that stand still. */
  parked: Set<string>;
  /** Claims that are left out, by {@link placeOf}. */
  skips: ReadonlySet<string>;
  /** The latest append time so far. */
  time: number;
}

const identityOf = (claim: ModelClaim): string =>
  JSON.stringify([claim.subject, claim.source, claim.id]);

const contentOf = (claim: ModelClaim): string =>
  sortedJson([claim.type, claim.subject, claim.version, claim.data, claim.expected]);

/** Who owns a stream that this claim creates: null is nobody; `t/` is everybody of tenant t. */
function ownerOf(claim: ModelClaim): string | null {
  if (claim.kind === 'operation') return claim.principal;
  const data = (claim.data ?? {}) as Record<string, unknown>;
  const tenant = typeof data['tenant'] === 'string' ? `${data['tenant']}/` : '';
  if (typeof data['owner_user_id'] === 'number') return `${tenant}user:${data['owner_user_id']}`;
  const scope = data['owner_guest_scope'];
  if (typeof scope === 'string') return `${tenant}guest:${scope.trim()}`;
  return claim.principal ?? (tenant === '' ? null : tenant);
}

function isForbidden(partition: Partition, claim: ModelClaim): boolean {
  if (!partition.owners.has(claim.subject) || claim.principal === null) return false;
  const owner = partition.owners.get(claim.subject) ?? null;
  if (owner === null || claim.kind === 'operation') return claim.bound;
  if (owner.endsWith('/')) return !claim.principal.startsWith(owner);
  const isTenant = /^[\w.-]+\/$/.test(claim.principal) && owner.startsWith(claim.principal);
  return claim.principal !== owner && !isTenant;
}

/** The verdict this identity got before, if it still stands. */
function find(partition: Partition, identity: string): Remembered | undefined {
  const { refused, accepted, time } = partition;
  const stands = (entry: Remembered | undefined): boolean =>
    entry !== undefined && !(entry.lapses && time - entry.time >= DAY_MS);
  return [refused.get(identity), accepted.get(identity)].find(stands);
}

/** Remembers a refusal behind all others; of more than the most, the oldest is forgotten. */
function remember(partition: Partition, identity: string, refusal: Remembered): void {
  partition.refused.delete(identity);
  partition.refused.set(identity, refusal);
  const [oldest = ''] = partition.refused.keys();
  if (partition.refused.size > REFUSALS_MAX) partition.refused.delete(oldest);
}

const reject = (code: string): ModelVerdict => ({ kind: 'rejected', code, replayed: false });

function judgeAgain(before: Remembered, claim: ModelClaim): ModelVerdict {
  if (before.content !== contentOf(claim)) return reject('idempotency_conflict');
  const { verdict } = before;
  if (verdict.kind === 'accepted') return { kind: 'duplicate', seq: verdict.seq };
  return verdict.kind === 'rejected' ? { ...verdict, replayed: true } : verdict;
}

/** The rules in their order; a text is the status after acceptance. `later`: what newer rules refuse. */
function judge(
  stream: ModelStream | undefined,
  claim: ModelClaim,
  owner: string | null,
  later: (claim: ModelClaim) => boolean,
  breaks: (claim: ModelClaim) => boolean,
): ModelVerdict | string {
  const { kind, type, data } = claim;
  const born = statusAtBirth(kind, type, data);
  if (stream === undefined && (born === null || claim.appendOnly)) return reject('not_found');
  if (claim.expected !== null && claim.expected !== (stream?.seq ?? 0)) {
    return reject('sequence_conflict');
  }
  if (!isValidData(kind, type, data)) return reject('invalid_data');
  if (later(claim)) return reject('invalid_transition');
  if (breaks(claim)) return { kind: 'parked' };
  if (stream === undefined) return born ?? reject('not_found');
  const step = stepOf(kind, stream.status, { ...claim, owner });
  if (step === 'refused') return reject('invalid_transition');
  return step === 'nothing' ? stream.status : step.to;
}

function grow(partition: Partition, claim: ModelClaim, status: string, time: number): ModelStream {
  const { subject, kind, type } = claim;
  const before = partition.streams.get(subject);
  const seq = (before?.seq ?? 0) + 1;
  const at = Math.max(before?.updated_at ?? time, time);
  const isLate =
    before !== undefined &&
    isEnd(kind, before.status) &&
    stepOf(kind, before.status, { ...claim, owner: null }) === 'nothing';
  const count = (name: string): number => (kind === 'run' && type === name ? 1 : 0);
  return {
    status,
    seq,
    event_count: seq,
    message_count: (before?.message_count ?? 0) + count('run.message'),
    tool_call_count: (before?.tool_call_count ?? 0) + count('tool.call'),
    late_count: (before?.late_count ?? 0) + (isLate ? 1 : 0),
    chain: nextChain(before?.chain ?? EMPTY_CHAIN, { ...claim, seq }),
    created_at: before?.created_at ?? at,
    updated_at: at,
  };
}

const versionOf = ({ history }: Partition): number => history.at(-1)?.[1] ?? 1;

/** A change counts only if it tells the truth about those before it, and goes forward. */
function changeRules(
  partition: Partition,
  { decider, history }: ModelChange,
  offset: number,
  newest: number,
): ModelVerdict | 'stop' {
  const isTrue = sortedJson(history) === sortedJson(partition.history);
  if (!isTrue || decider < versionOf(partition)) return { kind: 'dead_letter' };
  if (decider > newest) return 'stop';
  if (decider > versionOf(partition)) partition.history.push([offset, decider]);
  return { kind: 'rules' };
}

function judgeClaim(
  partition: Partition,
  claim: ModelClaim,
  { offset, timestamp: time }: ModelRecord,
  refusals: ModelRefusals,
  poison: ModelPoison,
): ModelVerdict {
  if (isForbidden(partition, claim)) return reject('forbidden');
  if (partition.parked.has(claim.subject)) return { kind: 'parked' };
  const identity = identityOf(claim);
  const before = find(partition, identity);
  if (before !== undefined) return judgeAgain(before, claim);
  const entry = { content: contentOf(claim), time: partition.time };
  if (partition.skips.has(placeOf(offset, claim))) {
    const verdict = reject('skipped');
    remember(partition, identity, { ...entry, verdict, lapses: true });
    return verdict;
  }
  if (partition.streams.get(claim.subject)?.status === 'archived') {
    const verdict = reject('run_archived');
    remember(partition, identity, { ...entry, verdict, lapses: true });
    return verdict;
  }
  const later = refusals[versionOf(partition) - 2] ?? (() => false);
  const owner = partition.owners.get(claim.subject) ?? null;
  const outcome = judge(partition.streams.get(claim.subject), claim, owner, later, poison.breaks);
  if (typeof outcome !== 'string' && outcome.kind === 'parked') {
    partition.parked.add(claim.subject);
    return outcome;
  }
  if (typeof outcome !== 'string') {
    remember(partition, identity, { ...entry, verdict: outcome, lapses: true });
    return outcome;
  }
  const stream = grow(partition, claim, outcome, time);
  if (stream.seq === 1) partition.owners.set(claim.subject, ownerOf(claim));
  partition.streams.set(claim.subject, stream);
  const verdict: ModelVerdict = { kind: 'accepted', seq: stream.seq };
  const lapses = claim.type === 'worker.heartbeat' && claim.kind === 'worker';
  partition.accepted.set(identity, { ...entry, verdict, lapses });
  return verdict;
}

/**
 * Reads a topic the slow and obvious way: every record of every partition, in order, from nothing.
 * Shares no code with the fold, so that agreement means something.
 *
 * @param kind What lives on the topic.
 * @param partitions All partitions of the topic in order, each with its records in offset order.
 * @param refusals What versions of the rules there are beside the first.
 * @param poison On which claims the rules throw; on none unless told.
 */
export function modelOf(
  kind: 'run' | 'worker' | 'operation',
  partitions: readonly (readonly ModelRecord[])[],
  refusals: ModelRefusals = [],
  poison: ModelPoison = NO_POISON,
): Model {
  const model: Model = { streams: new Map(), verdicts: [], stoppedAt: [], histories: [] };
  for (const [number, records] of partitions.entries()) {
    const place = { kind, partition: number, partitions: partitions.length };
    const verdicts = new Map<number, ModelVerdict>();
    const partition: Partition = {
      streams: model.streams,
      owners: new Map(),
      accepted: new Map(),
      refused: new Map(),
      history: [],
      parked: new Set(),
      skips: skipsIn(records, place, poison),
      time: 0,
    };
    let stoppedAt: number | null = null;
    for (const record of records) {
      const reading = readRecord(record, place);
      const change =
        typeof reading !== 'string' && 'rules' in reading
          ? changeRules(partition, reading.rules, record.offset, refusals.length + 1)
          : null;
      if (reading === 'stop' || change === 'stop') {
        stoppedAt = record.offset;
        break;
      }
      // The time of a record that is not fit to be folded may be its producer's.
      if (record.unfit === undefined) partition.time = Math.max(partition.time, record.timestamp);
      const isSkip = typeof reading !== 'string' && 'skip' in reading;
      let verdict: ModelVerdict = change ?? { kind: isSkip ? 'rules' : 'dead_letter' };
      if (typeof reading !== 'string' && 'claim' in reading) {
        verdict = judgeClaim(partition, reading.claim, record, refusals, poison);
      }
      verdicts.set(record.offset, verdict);
    }
    model.verdicts.push(verdicts);
    model.stoppedAt.push(stoppedAt);
    model.histories.push(partition.history);
  }
  return model;
}
