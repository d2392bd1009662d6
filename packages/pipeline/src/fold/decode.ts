import {
  CLAIM_SKIPPED,
  claimSkippedSchema,
  ENVELOPE_VERSION,
  RULES_CHANGED,
  SKIP_WITHDRAWN,
  envelopeSchema,
  findJsonFault,
  faultsOf,
  parseSubject,
  partitionOf,
  readEncodedEnvelope,
  rulesChangedSchema,
  skipWithdrawnSchema,
  subjectOf,
} from '@refold/contracts';
import type { Envelope, JsonValue } from '@refold/contracts';
import { identityOf } from '@refold/domain';
import type { Claim } from '@refold/domain';
import type { LogRecord, Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import type { RulesChange } from '../slot/rules-history.js';
import type { Skip } from '../slot/skip-log.js';

/** What one record turned out to be. */
export type Decoded =
  | { kind: 'claim'; claim: Claim }
  /** Selects the decider version of the partition from its own offset on. */
  | ({ kind: 'rules' } & RulesChange)
  /** Leaves a claim out that stands before it. */
  | { kind: 'skip'; skip: Skip; stream: NamedStream; claim: Pick<Claim, 'source' | 'id'> }
  /** Says that such a record does nothing, should it stand behind this one. */
  | { kind: 'withdrawal'; skip: Skip; claim: Pick<Claim, 'source' | 'id'> }
  /** Foreign bytes, or ours on the wrong partition: recorded, and the checkpoint moves on. */
  | { kind: 'dead_letter'; offset: Offset; reason: string; misplaced?: true }
  /** In a version of the envelope this build does not know: skipping it would lose an acknowledged claim. */
  | { kind: 'unknown_version'; offset: Offset; what: string };

/** A stream as a record names it. */
export type NamedStream = Pick<Claim, 'subject' | 'kind' | 'streamId'>;

interface Where {
  projection: Projection;
  partition: number;
  /** Subjects that were found right on this partition before; decoding adds to it. */
  streams: Map<string, NamedStream>;
  /** See `readEncodedEnvelope`. */
  texts: Map<string, string>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const NOT_OURS =
  'the value is not a Refold record: expected a CloudEvents 1.0 JSON object with refoldversion 1';

/** Decodes one record. Pure; nothing in a record can make it throw. */
export function decodeRecord(record: LogRecord, where: Where): Decoded {
  const { offset } = record;
  const dead = (reason: string): Decoded => ({ kind: 'dead_letter', offset, reason });
  if (record.unfit !== undefined) return dead(record.unfit);
  if (record.value === null) return dead('the record has no value');
  const encoded = readEncodedEnvelope(record.value, where.texts);
  if (encoded !== null) return decodeEnvelope(record, encoded, where);
  const parsed = parse(record.value);
  if (!isObject(parsed)) return dead(NOT_OURS);
  const version = parsed['refoldversion'];
  if (typeof version === 'number' && Number.isInteger(version) && version > ENVELOPE_VERSION) {
    return { kind: 'unknown_version', offset, what: `envelope version ${version}` };
  }
  if (version === undefined) return dead(NOT_OURS);
  if (!envelopeSchema.validate(parsed)) return dead(firstFaultOf(parsed));
  return decodeEnvelope(record, parsed, where);
}

function decodeEnvelope(record: LogRecord, envelope: Envelope, where: Where): Decoded {
  const data = (envelope.data ?? null) as JsonValue;
  if (envelope.type === RULES_CHANGED) return decodeRules(record, data, where);
  const stream = namedStream(record, envelope, where);
  if ('reason' in stream) return { kind: 'dead_letter', offset: record.offset, ...stream };
  if (envelope.type === CLAIM_SKIPPED || envelope.type === SKIP_WITHDRAWN) {
    return decodeSkip(record, envelope.type, stream, data);
  }
  return decodeClaim(record, envelope, data, stream);
}

function firstFaultOf(parsed: unknown): string {
  const issue = envelopeSchema.safeParse(parsed).error?.issues[0];
  return `attribute ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'invalid'}`;
}

function decodeRules(record: LogRecord, data: JsonValue, where: Where): Decoded {
  const { offset, key } = record;
  const { partition, projection } = where;
  if (key === null || partitionOf(key, projection.partitions) !== partition) {
    const reason = `rules.changed: its key does not belong on partition ${partition}`;
    return { kind: 'dead_letter', offset, reason };
  }
  const parsed = rulesChangedSchema.safeParse(data);
  if (!parsed.success) {
    return { kind: 'dead_letter', offset, reason: faultIn(RULES_CHANGED, parsed.error) };
  }
  const { decider, history } = parsed.data;
  const last = history.at(-1);
  if (last !== undefined && last[0] >= offset) {
    const reason = `rules.changed: data.history names offset ${last[0]}: expected offsets below its own`;
    return { kind: 'dead_letter', offset, reason };
  }
  return { kind: 'rules', offset, decider, history };
}

/** The stream a subject names, spelt as we do; null when it names none. */
function streamOf(subject: string): NamedStream | null {
  const parsed = parseSubject(subject);
  if (parsed === null || subjectOf(parsed.kind, parsed.streamId) !== subject) return null;
  return { subject, ...parsed };
}

/** The same with texts of its own, made of the record's key: the caches keep it. */
const keptStream = (kind: NamedStream['kind'], key: string): NamedStream => ({
  subject: subjectOf(kind, key),
  kind,
  streamId: key,
});

/** Why a record does not belong to the stream that it names, or not here. */
interface Misfit {
  reason: string;
  misplaced?: true;
}

/** The stream that a record is about. */
function namedStream(record: LogRecord, envelope: Envelope, where: Where): NamedStream | Misfit {
  const known = where.streams.get(envelope.subject);
  const named = known ?? streamOf(envelope.subject);
  if (named === null) {
    return {
      reason: `subject "${envelope.subject}" does not name a stream: expected run/ID or worker/ID`,
    };
  }
  const { kind, streamId } = named;
  if (!where.projection.kinds.includes(kind)) {
    return { reason: `a ${kind} does not belong on topic ${where.projection.topic}` };
  }
  if (record.key !== streamId) {
    return { reason: `the key is "${record.key ?? ''}": expected the stream ID "${streamId}"` };
  }
  if (known !== undefined) return known;
  const home = partitionOf(streamId, where.projection.partitions);
  if (home !== where.partition) {
    const reason =
      `key "${streamId}" belongs on partition ${home}: partition by murmur2 of the key ` +
      '(librdkafka: partitioner=murmur2_random; kafkajs: Partitioners.DefaultPartitioner)';
    return { reason, misplaced: true };
  }
  const stream = keptStream(kind, record.key);
  where.streams.set(stream.subject, stream);
  return stream;
}

/** What a schema says is wrong with the data of a record that is ours alone. */
function faultIn(type: string, error: Parameters<typeof faultsOf>[0]): string {
  const [fault] = faultsOf(error);
  const { pointer, expected } = fault ?? { pointer: '', expected: 'an object' };
  return `${type}: data${pointer.replaceAll('/', '.')}: ${expected}`;
}

function decodeSkip(
  { offset: at }: LogRecord,
  type: typeof CLAIM_SKIPPED | typeof SKIP_WITHDRAWN,
  stream: NamedStream,
  data: JsonValue,
): Decoded {
  const schema = type === CLAIM_SKIPPED ? claimSkippedSchema : skipWithdrawnSchema;
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    return { kind: 'dead_letter', offset: at, reason: faultIn(type, parsed.error) };
  }
  const { offset, source, id, operation = null } = parsed.data;
  if (offset >= at) {
    const reason = `${type}: data.offset is ${offset}: expected an offset below its own`;
    return { kind: 'dead_letter', offset: at, reason };
  }
  const { subject } = stream;
  const skip = { subject, offset, identity: identityOf(subject, source, id), operation, at };
  const claim = { source, id };
  if (type === SKIP_WITHDRAWN) return { kind: 'withdrawal', skip, claim };
  return { kind: 'skip', skip, stream, claim };
}

function decodeClaim(
  record: LogRecord,
  envelope: Envelope,
  data: JsonValue,
  stream: NamedStream,
): Decoded {
  const { subject } = stream;
  const claim: Claim = {
    identity: identityOf(subject, envelope.source, envelope.id),
    kind: stream.kind,
    subject,
    streamId: stream.streamId,
    source: envelope.source,
    id: envelope.id,
    type: envelope.type,
    schemaVersion: envelope.schemaversion ?? 1,
    data,
    // Faulty data is never accepted, and may be nested too deep for JSON.stringify.
    dataText: findJsonFault(data) === null ? JSON.stringify(data) : '',
    expectedSeq: envelope.expectedseq ?? null,
    appendOnly: envelope.appendonly ?? false,
    idempotencyKey: envelope.idempotencykey ?? null,
    principal: envelope.principal ?? null,
    bound: envelope.bound ?? false,
    replyTo: envelope.replyto ?? null,
    offset: record.offset,
    appendTime: record.timestamp,
  };
  return { kind: 'claim', claim };
}
