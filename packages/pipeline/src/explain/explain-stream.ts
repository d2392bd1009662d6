import { CLAIM_SKIPPED, SKIP_WITHDRAWN, parseSubject, partitionOf } from '@refold/contracts';
import type { Verdict } from '@refold/contracts';
import type { Claim, KindViews, Rulebook } from '@refold/domain';
import { decodeRecord } from '../fold/decode.js';
import type { Decoded, NamedStream } from '../fold/decode.js';
import type { EventLog, LogRecord, Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import { asked } from '../project/check-position.js';
import type { Projection } from '../projection.js';
import { LiveReads } from '../read/live-reads.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import { documentName, RULES, SKIPS } from '../slot/names.js';
import { deciderAt, decodeHistory } from '../slot/rules-history.js';
import type { RulesHistory } from '../slot/rules-history.js';
import { SkipLog } from '../slot/skip-log.js';
import { decodeDocument } from '../slot/stream-document.js';
import { StreamJudge } from './stream-judge.js';

export interface ExplainPorts {
  log: EventLog;
  store: Pick<ViewStore, 'read'>;
  rulebook: Rulebook;
}

/** Of a record that skips a claim, or that withdraws such a record. */
export interface SaidOfClaim extends Pick<Claim, 'source' | 'id'> {
  type: typeof CLAIM_SKIPPED | typeof SKIP_WITHDRAWN;
  /** Where that claim stands. */
  offset: Offset;
  /** Why nothing follows from the record; null: it counts. */
  void: string | null;
}

/** A record of a stream: where it stands, and what the rules say of it. */
export interface ExplainedRecord {
  offset: Offset;
  /** The broker's append time, milliseconds; a producer's, where the record is unfit. */
  timestamp: number;
  /** UTF-8 bytes of its value. */
  bytes: number;
  /** What it says of another claim; null: it says nothing of any, or is a dead letter. */
  skips: SaidOfClaim | null;
  /** Null: it is a dead letter, or speaks of another. */
  claim: Pick<
    Claim,
    'id' | 'source' | 'type' | 'schemaVersion' | 'expectedSeq' | 'idempotencyKey' | 'principal'
  > | null;
  /** The version of the rules that judged it. */
  decider: number;
  /**
   * Null: it speaks of another claim, or nobody can tell, because the log no longer has what came before, or because it met a refusal that is
   * so old that what decides lies in other streams.
   */
  verdict: Verdict | null;
  /** Where the claim stands at which its stream is parked, if it merely waits behind that; null: it does not. */
  waitsBehind: Offset | null;
}

/** What the log says of one stream, up to where it is folded. */
export interface Explanation {
  subject: string;
  topic: string;
  partition: number;
  /** What was read: the log's start, and the checkpoint's next offset. */
  logStart: Offset;
  to: Offset;
  /** False: the log no longer has the beginning of the stream, so verdicts are not known. */
  isWhole: boolean;
  records: ExplainedRecord[];
  /** Behind these records there are more. */
  hasMore: boolean;
}

export interface ExplainRequest {
  subject: string;
  /** Only records behind this offset; null: all of them. */
  after: Offset | null;
  /** At most so many. */
  limit: number;
  /** Aborted: nobody waits for the answer any more. */
  signal?: AbortSignal;
}

const NO_VIEWS: KindViews = { run: [], worker: [], operation: [] };

/** Where a stream lies, and by which rules the log begins. */
interface Beginning {
  checkpoint: Checkpoint | null;
  history: RulesHistory;
  /** Claims of the partition that are skipped; the stream was folded without those that are not open. */
  skips: SkipLog;
  /** Of its document; null: there is none. */
  first: Offset | null;
}

async function beginningOf(
  { store }: ExplainPorts,
  projection: Projection,
  partition: number,
  subject: string,
): Promise<Beginning> {
  const live = new LiveReads(store, projection);
  const { checkpoint, results } = await live.answer((slots) =>
    slots.read(partition, [
      { kind: 'get', name: RULES },
      { kind: 'get', name: documentName(subject) },
      { kind: 'fields', name: SKIPS },
    ]),
  );
  const [history, document, skips] = results;
  return {
    checkpoint,
    history: history === null ? [] : decodeHistory(history),
    skips: SkipLog.load(skips),
    first: document === null ? null : decodeDocument(document).first,
  };
}

/** @throws RangeError */
function askedStream({ kinds, name }: Projection, subject: string): NamedStream {
  const stream = parseSubject(subject);
  if (stream !== null && kinds.includes(stream.kind)) return { ...stream, subject };
  throw new RangeError(`${subject} names no stream of ${name}`);
}

/** A record, and what it says. */
interface Found {
  record: LogRecord;
  decoded: Decoded;
}

function isOf({ subject, streamId }: NamedStream, { record, decoded }: Found): boolean {
  if (decoded.kind === 'claim') return decoded.claim.subject === subject;
  if (decoded.kind === 'skip' || decoded.kind === 'withdrawal') {
    return decoded.skip.subject === subject;
  }
  return decoded.kind === 'dead_letter' && record.key === streamId;
}

/**
 * Judges every record of a stream once more, from the start of the log to where it is folded, and says where each
 * lies and what its verdict is: accepted and refused ones, repetitions, records that skip one of its claims or withdraw that, and dead
 * letters under its key. Reads the whole partition up to the last record that is answered, one batch in memory at a
 * time; writes nothing.
 * @throws RangeError for a subject that names no stream of the projection; LogUnavailable; the signal's reason.
 */
export async function explainStream(
  ports: ExplainPorts,
  projection: Projection,
  { subject, after, limit, signal }: ExplainRequest,
): Promise<Explanation> {
  const stream = askedStream(projection, subject);
  const { log, rulebook } = ports;
  const { topic } = projection;
  const partition = partitionOf(stream.streamId, projection.partitions);
  const { checkpoint, history, skips, first } = await beginningOf(
    ports,
    projection,
    partition,
    subject,
  );
  const { start: logStart } = await asked(topic, log.range(topic, partition));
  const to = checkpoint?.next ?? 0;
  const isWhole = first === null || first >= logStart;
  const explained = { subject, topic, partition, logStart, to, isWhole };
  if (checkpoint === null) return { ...explained, records: [], hasMore: false };

  const before = history.filter(([from]) => from < logStart);
  const judge = new StreamJudge(
    { log, rulebook, projection, partition, views: NO_VIEWS },
    { ...checkpoint, next: logStart, decider: deciderAt(before, logStart), time: 0, last: null },
    before,
    skips.copy('closed'),
    stream,
  );
  const records: ExplainedRecord[] = [];
  let parkedAt: Offset | null = null;
  const where = { projection, partition, streams: new Map(), texts: new Map() };
  for (let at = logStart; at < to && records.length <= limit;) {
    signal?.throwIfAborted();
    const batch = await asked(topic, log.read(topic, partition, at));
    if (batch.next <= at) break;
    const found = batch.records
      .filter(({ offset }) => offset < to)
      .map((record) => ({ record, decoded: decodeRecord(record, where) }));
    const verdicts = await judge.judge(found);
    const isKnown = isWhole && !judge.isDoubtful;
    for (const { record, decoded } of found.filter((one) => isOf(stream, one))) {
      const verdict = (isKnown && verdicts.get(record.offset)) || null;
      const waitsBehind = verdict?.kind === 'parked' ? parkedAt : null;
      if (verdict?.kind === 'parked') parkedAt ??= record.offset;
      if (after !== null && record.offset <= after) continue;
      const place = placeOf(record, judge.deciderAt(record.offset));
      records.push(rowOf(place, decoded, { verdict, waitsBehind }, skips));
    }
    where.streams.clear();
    where.texts.clear();
    at = batch.next;
  }
  return { ...explained, records: records.slice(0, limit), hasMore: records.length > limit };
}

const placeOf = ({ offset, timestamp, value }: LogRecord, decider: number) => ({
  offset,
  timestamp,
  bytes: Buffer.byteLength(value ?? ''),
  decider,
});

/** Why a record that skips a claim does nothing, or one that withdraws such a record; null: it counts. */
function voidOf(decoded: Decoded & { kind: 'skip' | 'withdrawal' }, known: SkipLog): string | null {
  const { kind, skip } = decoded;
  const withdrawn = known.withdrawalOf(skip);
  if (withdrawn !== null && withdrawn.at < skip.at) {
    return `${skip.operation} has withdrawn it before, at offset ${withdrawn.at}`;
  }
  if (kind === 'skip' || withdrawn !== null) return null;
  const leftOut = known.leftOut(skip);
  if (leftOut === null) return 'no more events of the partition can be skipped';
  return `the event was skipped before, at offset ${leftOut.at}`;
}

/**
 * A claim as it was judged; or a dead letter, or a record that skips a claim, or withdraws that: a skip is a dead letter,
 * too, where there are too many of them.
 */
function rowOf(
  place: ReturnType<typeof placeOf>,
  decoded: Decoded,
  judged: Pick<ExplainedRecord, 'verdict' | 'waitsBehind'>,
  known: SkipLog,
): ExplainedRecord {
  if (decoded.kind === 'claim') return { ...place, ...judged, claim: decoded.claim, skips: null };
  const row = { ...place, claim: null, waitsBehind: null };
  const dead = (reason: string): ExplainedRecord => ({
    ...row,
    skips: null,
    verdict: { kind: 'dead_letter', reason },
  });
  if (decoded.kind !== 'skip' && decoded.kind !== 'withdrawal') {
    return dead(decoded.kind === 'dead_letter' ? decoded.reason : decoded.kind);
  }
  const { kind, skip, claim } = decoded;
  const contradiction = kind === 'skip' ? known.contradictionOf(skip) : null;
  if (contradiction !== null) return dead(contradiction);
  const type = kind === 'skip' ? CLAIM_SKIPPED : SKIP_WITHDRAWN;
  const skips = { ...claim, type, offset: skip.offset, void: voidOf(decoded, known) } as const;
  return { ...row, skips, verdict: null };
}
