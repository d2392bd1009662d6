import { parseSubject, partitionOf } from '@refold/contracts';
import type { Verdict } from '@refold/contracts';
import type { Claim, KindViews, Rulebook } from '@refold/domain';
import { decodeRecord } from '../fold/decode.js';
import type { Decoded } from '../fold/decode.js';
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

/** A record of a stream: where it stands, and what the rules say of it. */
export interface ExplainedRecord {
  offset: Offset;
  /** The broker's append time, milliseconds; a producer's, where the record is unfit. */
  timestamp: number;
  /** UTF-8 bytes of its value. */
  bytes: number;
  /** Null: it is a dead letter. */
  claim: Pick<
    Claim,
    'id' | 'source' | 'type' | 'schemaVersion' | 'expectedSeq' | 'idempotencyKey' | 'principal'
  > | null;
  /** The version of the rules that judged it. */
  decider: number;
  /**
   * Null: nobody can tell, because the log no longer has what came before, or because it met a refusal that is
   * so old that what decides lies in other streams.
   */
  verdict: Verdict | null;
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
}

const NO_VIEWS: KindViews = { run: [], worker: [], operation: [] };

/** Where a stream lies, and by which rules the log begins. */
interface Beginning {
  checkpoint: Checkpoint | null;
  history: RulesHistory;
  /** What the stream was folded without. */
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
    skips: SkipLog.load(skips).copy('closed'),
    first: document === null ? null : decodeDocument(document).first,
  };
}

const isOf = (subject: string, streamId: string, record: LogRecord, decoded: Decoded): boolean =>
  decoded.kind === 'claim'
    ? decoded.claim.subject === subject
    : decoded.kind === 'dead_letter' && record.key === streamId;

/**
 * Judges every record of a stream once more, from the start of the log to where it is folded, and says where each
 * lies and what its verdict is: accepted and refused ones, repetitions, and dead letters under its key. Reads the
 * whole partition up to the last record that is answered, one batch in memory at a time; writes nothing.
 * @throws RangeError for a subject that names no stream of the projection; LogUnavailable.
 */
export async function explainStream(
  ports: ExplainPorts,
  projection: Projection,
  { subject, after, limit }: ExplainRequest,
): Promise<Explanation> {
  const stream = parseSubject(subject);
  if (stream === null || !projection.kinds.includes(stream.kind)) {
    throw new RangeError(`${subject} names no stream of ${projection.name}`);
  }
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
    skips,
    stream,
  );
  const records: ExplainedRecord[] = [];
  const where = { projection, partition, streams: new Map(), texts: new Map() };
  for (let at = logStart; at < to && records.length <= limit;) {
    const batch = await asked(topic, log.read(topic, partition, at));
    if (batch.next <= at) break;
    const found = batch.records
      .filter(({ offset }) => offset < to)
      .map((record) => ({ record, decoded: decodeRecord(record, where) }));
    const verdicts = await judge.judge(found);
    const isKnown = isWhole && !judge.isDoubtful;
    for (const { record, decoded } of found) {
      if (!isOf(subject, stream.streamId, record, decoded)) continue;
      if (after !== null && record.offset <= after) continue;
      records.push(rowOf(record, decoded, judge.deciderAt(record.offset), isKnown, verdicts));
    }
    where.streams.clear();
    where.texts.clear();
    at = batch.next;
  }
  return { ...explained, records: records.slice(0, limit), hasMore: records.length > limit };
}

function rowOf(
  { offset, timestamp, value }: LogRecord,
  decoded: Decoded,
  decider: number,
  isKnown: boolean,
  verdicts: ReadonlyMap<Offset, Verdict>,
): ExplainedRecord {
  const row = { offset, timestamp, bytes: Buffer.byteLength(value ?? ''), decider };
  if (decoded.kind !== 'claim') {
    const reason = decoded.kind === 'dead_letter' ? decoded.reason : decoded.kind;
    return { ...row, claim: null, verdict: { kind: 'dead_letter', reason } };
  }
  return {
    ...row,
    claim: decoded.claim,
    verdict: isKnown ? (verdicts.get(offset) ?? null) : null,
  };
}
