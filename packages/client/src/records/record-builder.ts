import {
  checkEventData,
  DEFAULT_TOPIC_PREFIX,
  encodeEnvelope,
  eventDefinitionsOf,
  faultsOf,
  fieldProblemsOf,
  findJsonFault,
  newRecordRequest,
  partitionOf,
  PARTITIONS_MAX,
  ProblemError,
  RECORD_BYTES_MAX,
  recordSourceSchema,
  streamIdSchema,
  subjectOf,
  TOPIC_PREFIX,
  topicNames,
  topicOfKind,
  UUID_RANDOM_BYTES,
  uuidV7Of,
  type JsonValue,
  type NewRecordRequest,
  type StreamKind,
} from '@refold/contracts';
import { RefoldProblem, type ProblemBody } from '../refold-problem.js';
import type { NewEvent } from '../wire.js';

/** Fills an array with random bytes and returns it, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;

/** What the records of one writer have in common. */
export interface RecordBuilderOptions {
  /**
   * Names the writer, as a URI reference such as `/ci/runner`. A claim is identified by its stream,
   * its source and its ID: keep it the same across restarts, and let no two writers share one.
   */
  source: string;
  /** How many partitions `PREFIX.runs` and `PREFIX.workers` have. Frozen once there are events. */
  partitions: number;
  /** What the names of the topics begin with; `refold` when absent. */
  topicPrefix?: string;
  /** Milliseconds since the epoch, for IDs that are made here; the platform's clock when absent. */
  nowMs?: () => number;
  /** Randomness for IDs that are made here; the platform's when absent. */
  fillRandom?: FillRandom;
}

/** An event on its way to a topic: what it would be over HTTP, and what only a record says. */
export interface NewRecord extends NewEvent {
  /**
   * Identifies the claim: the same ID again is the same claim, judged once. The idempotency key when
   * absent; without either a new one is made, and told.
   */
  event_id?: string;
  /** True: the claim is refused as `not_found` where it would begin its stream. */
  append_only?: boolean;
  /** When it happened, RFC 3339. For readers of the log: time that counts is the broker's. */
  time?: string;
  /** Whose claim it is. Absent: that of a trusted writer, who may touch every stream. */
  principal?: string;
  /** W3C Trace Context. */
  traceparent?: string;
}

/** A record as every Kafka client takes it: texts in UTF-8, no headers, no time stamp of its own. */
export interface BuiltRecord {
  topic: string;
  /** Where the key belongs, so that the client's own partitioner is not asked. */
  partition: number;
  /** The stream's ID. */
  key: string;
  value: string;
  /** The claim's ID: send the same record again while its outcome is unknown. */
  id: string;
}

/**
 * Builds records for producers that write to Kafka themselves. What it builds is never a dead letter;
 * the rules of the stream may still refuse it.
 */
export interface RecordBuilder {
  /** @throws RefoldProblem `invalid_request`, `invalid_data` or `payload_too_large`, as over HTTP. */
  run(runId: string, event: NewRecord): BuiltRecord;
  /** @throws RefoldProblem as {@link run}. */
  worker(workerId: string, event: NewRecord): BuiltRecord;
}

type Parsed<T> =
  { success: true; data: T } | { success: false; error: Parameters<typeof faultsOf>[0] };

function valueOf<T>(parsed: Parsed<T>, base = ''): T {
  if (parsed.success) return parsed.data;
  const errors = fieldProblemsOf(faultsOf(parsed.error), base);
  const [first] = errors;
  const detail = `${first?.field ?? ''}: expected ${first?.expected ?? 'something else'}.`;
  throw new ProblemError('invalid_request', { detail, errors });
}

const invalid = (field: string, expected: string): ProblemError =>
  new ProblemError('invalid_request', {
    detail: `${field}: expected ${expected}.`,
    errors: [{ field, expected }],
  });

/** Problems of both ways to produce are one type. */
function asRefoldProblem(error: unknown): unknown {
  if (!(error instanceof ProblemError)) return error;
  const problem = new RefoldProblem(error.status, error.document() as unknown as ProblemBody);
  problem.cause = error;
  return problem;
}

const invalidData = (field: string, expected: string, cause?: unknown): ProblemError =>
  new ProblemError('invalid_data', {
    detail: `${field}: expected ${expected}.`,
    errors: [{ field, expected }],
    cause,
  });

/** The payload as it will be read. What JSON would lose without a word is refused. */
function dataOf(payload: unknown): JsonValue {
  const given = (payload ?? null) as JsonValue;
  const fault = findJsonFault(given);
  if (fault !== null) throw invalidData(`/payload${fault.pointer}`, fault.expected);
  try {
    return JSON.parse(JSON.stringify(given)) as JsonValue;
  } catch (cause) {
    throw invalidData('/payload', 'a value that JSON can carry', cause);
  }
}

/** A projector stops at a version that it does not know. */
function checkSchemaVersion(
  kind: StreamKind,
  { event_type, schema_version }: NewRecordRequest,
): void {
  const newest = eventDefinitionsOf(kind).get(event_type)?.schemaVersion ?? 1;
  if ((schema_version ?? 1) <= newest) return;
  throw invalid('/schema_version', `at most ${newest}, the newest that this build knows`);
}

const encoder = new TextEncoder();

function checkSize(value: string): void {
  const bytes = encoder.encode(value).length;
  if (bytes <= RECORD_BYTES_MAX) return;
  throw new ProblemError('payload_too_large', {
    detail: `The record has ${bytes} bytes; at most ${RECORD_BYTES_MAX} fit.`,
    extras: { max_bytes: RECORD_BYTES_MAX },
  });
}

function checkOptions({ partitions, topicPrefix }: RecordBuilderOptions): void {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    throw invalid('partitions', `an integer between 1 and ${PARTITIONS_MAX}`);
  }
  if (topicPrefix !== undefined && !TOPIC_PREFIX.pattern.test(topicPrefix)) {
    throw invalid('topicPrefix', TOPIC_PREFIX.expected);
  }
}

/** @throws RefoldProblem `invalid_request` for options that no record could be built with. */
export function createRecordBuilder(options: RecordBuilderOptions): RecordBuilder {
  const { partitions } = options;
  const nowMs = options.nowMs ?? (() => Date.now());
  const fillRandom = options.fillRandom ?? ((bytes) => crypto.getRandomValues(bytes));

  function begin(): string {
    checkOptions(options);
    return valueOf(recordSourceSchema.safeParse(options.source), 'source');
  }

  function build(
    source: string,
    kind: StreamKind,
    streamId: string,
    given: NewRecord,
  ): BuiltRecord {
    const key = valueOf(streamIdSchema.safeParse(streamId), `${kind}Id`);
    const event = valueOf(newRecordRequest.safeParse(given));
    checkSchemaVersion(kind, event);
    const data = dataOf(event.payload);
    checkEventData(kind, event.event_type, data, '/payload', event.schema_version);
    const id =
      event.event_id ??
      event.idempotency_key ??
      uuidV7Of(nowMs(), fillRandom(new Uint8Array(UUID_RANDOM_BYTES)));
    const value = encodeEnvelope({
      id,
      source,
      type: event.event_type,
      subject: subjectOf(kind, key),
      time: event.time ?? undefined,
      idempotencykey: event.idempotency_key,
      expectedseq: event.expected_previous_seq ?? undefined,
      appendonly: event.append_only ?? undefined,
      principal: event.principal ?? undefined,
      traceparent: event.traceparent ?? undefined,
      schemaversion: event.schema_version ?? undefined,
      data,
    });
    checkSize(value);
    const topic = topicOfKind(topics, kind);
    return { topic, partition: partitionOf(key, partitions), key, value, id };
  }

  const refusing = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw asRefoldProblem(error);
    }
  };

  const source = refusing(begin);
  const topics = topicNames(options.topicPrefix ?? DEFAULT_TOPIC_PREFIX);
  return {
    run: (runId, event) => refusing(() => build(source, 'run', runId, event)),
    worker: (workerId, event) => refusing(() => build(source, 'worker', workerId, event)),
  };
}
