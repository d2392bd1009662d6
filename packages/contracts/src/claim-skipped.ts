import { z } from 'zod';
import { ATTRIBUTE_MAX } from './envelope.js';
import { streamIdSchema } from './ids.js';
import { nameText } from './names.js';

/**
 * Data of a `claim.skipped` record: which claim of the same stream, on the same partition, is left out.
 * - `offset`      where that claim stands, below the record's own offset
 * - `source`, `id` with the stream's subject the identity of that claim
 * - `operation`   the operation that decided it, where there is one
 */
export const claimSkippedSchema = z.looseObject({
  offset: z.int().min(0),
  source: nameText(ATTRIBUTE_MAX.source),
  id: nameText(ATTRIBUTE_MAX.id),
  operation: streamIdSchema.nullish(),
});

export type ClaimSkipped = z.infer<typeof claimSkippedSchema>;

/**
 * Data of a `claim.skip_withdrawn` record: the same members of the `claim.skipped` record of an operation that skips
 * nothing, should it stand behind this one.
 */
export const skipWithdrawnSchema = claimSkippedSchema.extend({ operation: streamIdSchema });
