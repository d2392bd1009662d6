import { z } from 'zod';
import { IDEMPOTENCY_KEY_HEADER } from '../requests/idempotency-key.js';

/** Headers that every write takes. */
export const writeHeaders = {
  'Idempotency-Key': z
    .string()
    .regex(IDEMPOTENCY_KEY_HEADER)
    .describe(
      'Names this claim, bare or as a quoted string. The same request with the same key is stored once, and every repetition is answered alike.',
    )
    .optional(),
  ...preferenceHeaders(),
};

/** Headers of a batch, whose lines carry their own keys. */
function preferenceHeaders() {
  return {
    Prefer: z
      .string()
      .describe(
        '`respond-async`: answer 202 as soon as the event is stored. `wait=N`: wait at most N seconds for the verdict. Others are ignored (RFC 7240).',
      )
      .optional(),
    traceparent: z
      .string()
      .describe('W3C trace context, kept with the event; ignored where it is malformed.')
      .optional(),
  };
}

/** For answers that carry an ETag. */
export const conditionalHeaders = {
  'If-None-Match': z
    .string()
    .describe('An ETag of an earlier answer: 304 without a body while it is still the present one.')
    .optional(),
};
