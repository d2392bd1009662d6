import {
  encodeEnvelope,
  ProblemError,
  subjectOf,
  type JsonValue,
  type StreamKind,
} from '@refold/contracts';

/** The source of every record that this door writes. */
export const SOURCE = '/refold/ingest';

/** No UTF-16 unit takes more bytes than this in UTF-8. */
const UNIT_BYTES_MAX = 3;

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
  /** What belongs to others, or to nobody, is to the caller as if it did not exist. */
  bound: boolean;
  /** What the caller believes is last; 0: the stream does not exist yet. */
  expectedSeq: number | null;
  /** The claim must not create its stream. */
  appendOnly: boolean;
  schemaVersion: number | null;
  /** When it happened, by its sender's clock: told with the record, no part of the claim's content. */
  time?: string | undefined;
}

/** What travels with a claim and is no part of it. */
export interface Carriage {
  replyTo: string | undefined;
  traceparent: string | undefined;
}

/** The value of the command's record. @throws ProblemError when it has too many bytes. */
export function recordText(
  command: Command,
  { replyTo, traceparent }: Carriage,
  bytesMax: number,
): string {
  const { kind, streamId, type, data, eventId, key, principal, expectedSeq } = command;
  const text = encodeEnvelope({
    id: eventId,
    source: SOURCE,
    type,
    subject: subjectOf(kind, streamId),
    time: command.time,
    idempotencykey: key ?? undefined,
    expectedseq: expectedSeq ?? undefined,
    appendonly: command.appendOnly ? true : undefined,
    principal: principal ?? undefined,
    bound: command.bound ? true : undefined,
    replyto: replyTo,
    traceparent,
    schemaversion: command.schemaVersion ?? undefined,
    data,
  });
  if (text.length * UNIT_BYTES_MAX > bytesMax) checkSize(text, bytesMax);
  return text;
}

function checkSize(text: string, bytesMax: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= bytesMax) return;
  throw new ProblemError('payload_too_large', {
    detail: `The event has ${bytes} bytes as a record; at most ${bytesMax} fit.`,
    extras: { max_bytes: bytesMax },
  });
}
