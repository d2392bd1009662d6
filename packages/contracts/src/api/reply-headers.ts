import { z } from 'zod';
import { POSITION_PATTERN } from '../log-position.js';

const position = z
  .string()
  .regex(POSITION_PATTERN)
  .describe(
    'How far the log is folded in this answer, such as `3:1042`. Present it as `after`, and no later answer is older.',
  );

const applied = z.string().optional().describe('The preference that was followed.');

const replayed = z
  .literal('true')
  .optional()
  .describe('The key was used before, and this is what was said then; absent on a first answer.');

/** What a decided write carries. */
export const writtenHeaders = {
  'Refold-Position': position,
  'Preference-Applied': applied,
  'Idempotency-Replayed': replayed,
};

/** What is carried by an answer to a write that recorded nothing and is no problem. */
export const tooLateHeaders = { 'Preference-Applied': applied, 'Idempotency-Replayed': replayed };

/** What a decided write that made something carries. */
export const createdHeaders = {
  ...writtenHeaders,
  Location: z.string().describe('Where it is read.'),
};

/** What 202 carries. */
export const pendingHeaders = {
  'Refold-Position': position,
  'Preference-Applied': applied,
  Location: z.string().describe('Where the receipt is read.'),
};

/** What a batch carries; no position where no event was stored. */
export const batchHeaders = {
  'Refold-Position': position.optional(),
  'Preference-Applied': applied,
};

/** What every read model carries. */
export const readHeaders = {
  'Refold-Position': position,
  'Cache-Control': z.literal('no-cache').describe('An answer changes with every commit.'),
};

/** What an answer carries that may be asked for again. */
export const taggedHeaders = {
  ...readHeaders,
  ETag: z.string().describe('Changes with every event.'),
};

/** What is true for a moment only. */
export const momentaryHeaders = {
  'Cache-Control': z.literal('no-store').describe('True at this moment only.'),
};
