import { z } from 'zod';
import { jsonText, type JsonValue } from './json.js';
import { nameText, nameUpTo } from './names.js';

/** The version of the envelope this build writes and reads. */
export const ENVELOPE_VERSION = 1;

/** The type of the record that pins the decider version of a partition from its offset on. */
export const RULES_CHANGED = 'rules.changed';

/** The type of the record that leaves a claim out which cannot be judged. */
export const CLAIM_SKIPPED = 'claim.skipped';

/** The type of the record behind which an operation leaves a claim out no more. */
export const SKIP_WITHDRAWN = 'claim.skip_withdrawn';

/** Types that no event has: their records say how others are judged. */
export const RESERVED_TYPES: readonly string[] = [RULES_CHANGED, CLAIM_SKIPPED, SKIP_WITHDRAWN];

/** What is said to whoever gives an event one of them. */
export const NOT_RESERVED = `expected another type than ${RESERVED_TYPES.join(', ')}, which are reserved`;

const INT32_MAX = 2_147_483_647;

/** Most UTF-16 units of each attribute that has a bound. */
export const ATTRIBUTE_MAX = {
  id: 256,
  source: 256,
  type: 120,
  subject: 160,
  idempotencykey: 255,
  principal: 256,
  replyto: 128,
  traceparent: 128,
} as const;

export const SUBJECT_MIN = 3;

/** Most bytes one record may have on the log, envelope included. */
export const RECORD_BYTES_MAX = 262_144;

/**
 * The value of a record: a CloudEvent 1.0 in structured JSON mode, no Kafka headers.
 * Texts are names (`names.ts`), as CloudEvents demands; extension attributes are lower case:
 * - `refoldversion`  envelope version, integer; what tells our records from foreign bytes
 * - `idempotencykey` the caller's key, shown with the event
 * - `expectedseq`    the sequence number the caller believes is last, 0 = "does not exist yet"
 * - `appendonly`     true: this claim must not create its stream (HTTP appends set it)
 * - `principal`      as whom the claim is made, `[tenant/]name`, `tenant/` for all of a tenant; absent = trusted writer
 * - `bound`          true: the writer reaches what belongs to its principal alone, not what belongs to nobody
 * - `replyto`        the ingest instance that waits for the verdict
 * - `schemaversion`  version of the schema of `data` for this `type`, default 1
 */
export const envelopeAttributes = z.looseObject({
  specversion: z.literal('1.0'),
  refoldversion: z.literal(ENVELOPE_VERSION),
  id: nameText(ATTRIBUTE_MAX.id),
  source: nameText(ATTRIBUTE_MAX.source),
  type: nameText(ATTRIBUTE_MAX.type),
  subject: z.string().min(SUBJECT_MIN).max(ATTRIBUTE_MAX.subject),
  time: z.string().optional(),
  datacontenttype: z.literal('application/json').optional(),
  data: z.unknown().optional(),
  idempotencykey: nameText(ATTRIBUTE_MAX.idempotencykey).optional(),
  expectedseq: z.number().int().min(0).max(INT32_MAX).optional(),
  appendonly: z.boolean().optional(),
  principal: nameText(ATTRIBUTE_MAX.principal).optional(),
  bound: z.boolean().optional(),
  replyto: nameText(ATTRIBUTE_MAX.replyto).optional(),
  traceparent: nameUpTo(ATTRIBUTE_MAX.traceparent).optional(),
  schemaversion: z.number().int().min(1).max(INT32_MAX).optional(),
});

/** Compiled to plain code; what it accepts is exactly what {@link envelopeAttributes} describe. */
export const envelopeSchema = z.compile(envelopeAttributes);

/** A record's value once parsed. `data` is any JSON, absent means null. */
export type Envelope = z.infer<typeof envelopeSchema>;

/** What a producer fills in; the builder adds the constant attributes. */
export interface EnvelopeFields {
  id: string;
  source: string;
  type: string;
  subject: string;
  time?: string | undefined;
  idempotencykey?: string | undefined;
  expectedseq?: number | undefined;
  appendonly?: boolean | undefined;
  principal?: string | undefined;
  bound?: boolean | undefined;
  replyto?: string | undefined;
  traceparent?: string | undefined;
  schemaversion?: number | undefined;
  data: JsonValue;
}

const member = (
  name: keyof EnvelopeFields,
  value: string | number | boolean | undefined,
): string => {
  if (value === undefined) return '';
  return `,"${name}":${typeof value === 'string' ? jsonText(value) : JSON.stringify(value)}`;
};

/**
 * The text of a record's value. Undefined attributes are left out; `data` comes last. Written member
 * by member: every event passes here, and spreading them into one object costs more.
 */
export function encodeEnvelope(fields: EnvelopeFields): string {
  return (
    `{"specversion":"1.0","refoldversion":${ENVELOPE_VERSION}` +
    member('id', fields.id) +
    member('source', fields.source) +
    member('type', fields.type) +
    member('subject', fields.subject) +
    member('time', fields.time) +
    member('idempotencykey', fields.idempotencykey) +
    member('expectedseq', fields.expectedseq) +
    member('appendonly', fields.appendonly) +
    member('principal', fields.principal) +
    member('bound', fields.bound) +
    member('replyto', fields.replyto) +
    member('traceparent', fields.traceparent) +
    member('schemaversion', fields.schemaversion) +
    `,"datacontenttype":"application/json","data":${JSON.stringify(fields.data)}}`
  );
}
