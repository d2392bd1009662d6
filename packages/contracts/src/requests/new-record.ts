import { z } from 'zod';
import { ATTRIBUTE_MAX, NOT_RESERVED, RESERVED_TYPES } from '../envelope.js';
import { anyJson } from '../events/members.js';
import { nameText } from '../names.js';
import { idempotencyKeySchema } from './idempotency-key.js';

const INT32_MAX = 2_147_483_647;

/** Sources that begin so are Refold's own. */
export const OWN_SOURCES = '/refold/';

/** The source of what projectors write: what became of operations, and which claims are skipped. */
export const PROJECTOR_SOURCE = `${OWN_SOURCES}projector`;

const SCHEME = '[A-Za-z][A-Za-z0-9+.-]*:';
/** Without a scheme the first segment holds no colon. */
const URI_REFERENCE = new RegExp(
  `^(?:${SCHEME}|(?![^/?#]*:))(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$`,
);

const isUriReference = (text: string): boolean =>
  URI_REFERENCE.test(text) && URL.canParse(text, 'http://localhost/');

/** Who writes a record: with the ID it is what makes a claim one claim, so it stays the same for ever. */
export const recordSourceSchema = z
  .string()
  .min(1)
  .max(ATTRIBUTE_MAX.source)
  .refine(isUriReference, { error: 'expected a URI reference such as /ci/runner-7' })
  .refine((source) => !source.startsWith(OWN_SOURCES), {
    error: `expected a source of your own: those that begin with ${OWN_SOURCES} are Refold's`,
  });

/** What somebody says who writes a record to Kafka: the members of an event over HTTP, and some of a record. */
export const newRecordRequest = z
  .strictObject({
    event_type: nameText(ATTRIBUTE_MAX.type).refine((type) => type === type.trim(), {
      error: 'expected a text that neither begins nor ends with white space',
    }),
    payload: anyJson,
    event_id: nameText(ATTRIBUTE_MAX.id).nullish(),
    idempotency_key: idempotencyKeySchema,
    expected_previous_seq: z.int().min(0).max(INT32_MAX).nullish(),
    append_only: z.boolean().nullish(),
    schema_version: z.int().min(1).max(INT32_MAX).nullish(),
    time: z.iso
      .datetime({ offset: true, error: 'expected a time such as 2026-01-31T12:00:00Z' })
      .nullish(),
    principal: nameText(ATTRIBUTE_MAX.principal).nullish(),
    traceparent: z
      .string()
      .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, {
        error: 'expected a traceparent of W3C Trace Context',
      })
      .nullish(),
  })
  .refine((record) => !RESERVED_TYPES.includes(record.event_type), {
    error: NOT_RESERVED,
    path: ['event_type'],
  });

export type NewRecordRequest = z.output<typeof newRecordRequest>;
