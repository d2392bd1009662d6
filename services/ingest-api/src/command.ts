import {
  encodeEnvelope,
  eventDefinitionsOf,
  faultsOf,
  fieldProblemsOf,
  findJsonFault,
  type Fault,
  ProblemError,
  subjectOf,
  type JsonValue,
  type StreamKind,
} from '@refold/contracts';

/** The source of every record that this door writes. */
export const SOURCE = '/refold/ingest';

/** Most bytes one record may have on the log, envelope included. */
export const EVENT_BYTES_MAX = 262_144;

/** UTF-16 units below which no text can have more than {@link EVENT_BYTES_MAX} bytes. */
const SURELY_FITS = Math.floor(EVENT_BYTES_MAX / 3);

/** A request that is about to become a claim. */
export interface Command {
  kind: StreamKind;
  streamId: string;
  type: string;
  data: JsonValue;
  eventId: string;
  /** The caller's key, which is shown with the event. */
  key: string | null;
  principal: string | null;
  /** What the caller believes is last; 0: the stream does not exist yet. */
  expectedSeq: number | null;
  /** The claim must not create its stream. */
  appendOnly: boolean;
  schemaVersion: number | null;
}

/** What travels with a claim and is no part of it. */
export interface Carriage {
  replyTo: string | undefined;
  traceparent: string | undefined;
}

/**
 * Refuses data that no version of the rules could accept.
 * @param base Where in the request the data stands. @throws ProblemError
 */
export function checkData(kind: StreamKind, type: string, content: JsonValue, base: string): void {
  const fault = findJsonFault(content);
  if (fault !== null) throw invalidData([fault], base);
  const definition = eventDefinitionsOf(kind).get(type);
  if (definition === undefined || definition.schema.validate(content)) return;
  const result = definition.schema.safeParse(content);
  if (!result.success) throw invalidData(faultsOf(result.error), base);
}

function invalidData(faults: readonly Fault[], base: string): ProblemError {
  const errors = fieldProblemsOf(faults, base);
  const [first] = errors;
  return new ProblemError('invalid_data', {
    detail: `${first?.field ?? base}: expected ${first?.expected ?? 'something else'}.`,
    errors,
  });
}

/** The value of the command's record. @throws ProblemError when it has too many bytes. */
export function recordText(command: Command, { replyTo, traceparent }: Carriage): string {
  const { kind, streamId, type, data, eventId, key, principal, expectedSeq } = command;
  const text = encodeEnvelope({
    id: eventId,
    source: SOURCE,
    type,
    subject: subjectOf(kind, streamId),
    idempotencykey: key ?? undefined,
    expectedseq: expectedSeq ?? undefined,
    appendonly: command.appendOnly ? true : undefined,
    principal: principal ?? undefined,
    replyto: replyTo,
    traceparent,
    schemaversion: command.schemaVersion ?? undefined,
    data,
  });
  if (text.length > SURELY_FITS) checkSize(text);
  return text;
}

function checkSize(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= EVENT_BYTES_MAX) return;
  throw new ProblemError('payload_too_large', {
    detail: `The event has ${bytes} bytes as a record; at most ${EVENT_BYTES_MAX} fit.`,
    extras: { max_bytes: EVENT_BYTES_MAX },
  });
}
