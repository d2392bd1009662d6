import { ATTRIBUTE_MAX, ENVELOPE_VERSION, SUBJECT_MIN, type Envelope } from './envelope.js';

/** Printable ASCII that needs no escape in JSON, so that what stands in the text is the value. */
const TEXT = '"([ !#-\\[\\]-~]+)"';
const NATURAL = '(0|[1-9]\\d{0,8})';

const optional = (name: string, value: string): string => `(?:,"${name}":${value})?`;

/** An envelope up to its data, as {@link encodeEnvelope} writes it. */
const HEAD = new RegExp(
  `^\\{"specversion":"1\\.0","refoldversion":${ENVELOPE_VERSION}` +
    `,"id":${TEXT},"source":${TEXT},"type":${TEXT},"subject":${TEXT}` +
    optional('time', TEXT) +
    optional('idempotencykey', TEXT) +
    optional('expectedseq', NATURAL) +
    optional('appendonly', '(true|false)') +
    optional('principal', TEXT) +
    optional('bound', '(true|false)') +
    optional('replyto', TEXT) +
    optional('traceparent', TEXT) +
    optional('schemaversion', NATURAL) +
    ',"datacontenttype":"application/json","data":',
);

const CLOSING_BRACE = 125;

/** A text that shares no memory with the one it was cut from. */
const copyOf = (text: string): string => JSON.parse(JSON.stringify(text)) as string;

function ownText(text: string, texts: Map<string, string>): string {
  let own = texts.get(text);
  if (own === undefined) texts.set((own = copyOf(text)), own);
  return own;
}

/** Whether what the expression leaves open is as the schema has it. */
const isWithinBounds = (envelope: Envelope): boolean =>
  envelope.id.length <= ATTRIBUTE_MAX.id &&
  envelope.source.length <= ATTRIBUTE_MAX.source &&
  envelope.type.length <= ATTRIBUTE_MAX.type &&
  envelope.subject.length >= SUBJECT_MIN &&
  envelope.subject.length <= ATTRIBUTE_MAX.subject &&
  (envelope.idempotencykey?.length ?? 0) <= ATTRIBUTE_MAX.idempotencykey &&
  (envelope.principal?.length ?? 0) <= ATTRIBUTE_MAX.principal &&
  (envelope.replyto?.length ?? 0) <= ATTRIBUTE_MAX.replyto &&
  (envelope.traceparent?.length ?? 0) <= ATTRIBUTE_MAX.traceparent &&
  envelope.schemaversion !== 0;

/**
 * Reads a record's value that has the members of {@link encodeEnvelope} in its order and spelling, at
 * half the price of parsing it whole: every event of a replay passes here. Null means nothing but "not
 * of that form"; such a text is parsed, and judged by `envelopeSchema`. What it does return is what
 * `JSON.parse` gives and the schema accepts: the head holds each member once and nothing to unescape,
 * and the rest up to the last brace is one JSON text.
 * @param texts Types and principals met before; added to. Streams keep both, and a text that is cut
 * out of a record would keep the whole record in memory with it.
 */
export function readEncodedEnvelope(value: string, texts: Map<string, string>): Envelope | null {
  const head = HEAD.exec(value);
  if (head === null || value.charCodeAt(value.length - 1) !== CLOSING_BRACE) return null;
  let data: unknown;
  try {
    data = JSON.parse(value.slice(head[0].length, -1));
  } catch {
    return null;
  }
  const envelope: Envelope = {
    specversion: '1.0',
    refoldversion: ENVELOPE_VERSION,
    id: head[1] ?? '',
    source: head[2] ?? '',
    type: ownText(head[3] ?? '', texts),
    subject: head[4] ?? '',
    datacontenttype: 'application/json',
    data,
  };
  if (head[5] !== undefined) envelope.time = head[5];
  if (head[6] !== undefined) envelope.idempotencykey = head[6];
  if (head[7] !== undefined) envelope.expectedseq = Number(head[7]);
  if (head[8] !== undefined) envelope.appendonly = head[8] === 'true';
  if (head[9] !== undefined) envelope.principal = ownText(head[9], texts);
  if (head[10] !== undefined) envelope.bound = head[10] === 'true';
  if (head[11] !== undefined) envelope.replyto = head[11];
  if (head[12] !== undefined) envelope.traceparent = head[12];
  if (head[13] !== undefined) envelope.schemaversion = Number(head[13]);
  return isWithinBounds(envelope) ? envelope : null;
}
