import { z } from 'zod';
import { streamIdSchema } from '../ids.js';
import { PARTITIONS_MAX, PROJECTION_NAMES } from '../topics.js';
import { nameText } from '../names.js';
import { integerText, page } from './queries.js';

/** What is done about streams that stand parked, and about dead letters. */
export const PARKED_VERBS = ['redrive', 'skip', 'republish'] as const;

/** A stream by its subject; that it is one of the projection's is for the plan to say. */
export const subjectText = z.string().regex(/^(?:run|worker|operation)\/[A-Za-z0-9._:-]{1,128}$/, {
  error: 'expected run/ID, worker/ID or operation/ID',
});

/** Longest beginning of an error that parked streams are chosen by, in characters. */
const ERROR_MAX = 500;

const error = nameText(ERROR_MAX);
const offset = z.int().min(0);
const partition = z
  .int()
  .min(0)
  .max(PARTITIONS_MAX - 1);

/** What a record is given in the place of a dead letter. */
const newRecord = z.strictObject({
  /** The record's key; the stream's ID when absent. */
  key: streamIdSchema.optional(),
  /** The envelope, as it stands on a topic. */
  value: z.looseObject({}),
});

/** Which streams, claim or letter is meant. */
export const parkedArguments = [
  /** Every stream that stands parked, or those whose error begins so: its class, `TypeError`, or more of it. */
  z.strictObject({ target: z.literal('parked'), error: error.optional() }),
  /** The claim at which a stream stands parked. */
  z.strictObject({ target: z.literal('claim'), subject: subjectText, offset }),
  /** A dead letter by its place; without a record it is published as it stands. */
  z.strictObject({
    target: z.literal('letter'),
    partition,
    offset,
    record: newRecord.optional(),
  }),
] as const;

const TARGETS: Readonly<Record<string, readonly string[]>> = {
  redrive: ['run', 'parked'],
  skip: ['claim'],
  republish: ['letter'],
};

const OWN_TARGETS: ReadonlySet<string> = new Set(['parked', 'claim', 'letter']);

/** Whether a verb of {@link PARKED_VERBS} has that target, and no other verb one of theirs. */
export const takesParkedTarget = (verb: string, target: string): boolean =>
  TARGETS[verb]?.includes(target) ?? !OWN_TARGETS.has(target);

/** `GET /internal/v1/parked` */
export const listParkedQuery = z.strictObject({
  ...page,
  projection: z.enum(PROJECTION_NAMES),
  partition: integerText(0, PARTITIONS_MAX - 1).optional(),
  error: error
    .describe('Only streams whose error begins so: its class, such as TypeError, or more of it.')
    .optional(),
});
export type ListParkedQuery = z.output<typeof listParkedQuery>;

/** Path of one stream of a projection. */
export const parkedParameters = {
  projection: z.enum(PROJECTION_NAMES).describe('The projection that the stream is of.'),
  stream_id: streamIdSchema.describe('ID of the stream.'),
};

/** Path of one dead letter. */
export const letterParameters = {
  projection: z.enum(PROJECTION_NAMES).describe('The projection that the letter is of.'),
  partition: integerText(0, PARTITIONS_MAX - 1).describe('Its partition.'),
  offset: integerText(0, Number.MAX_SAFE_INTEGER).describe('Its offset.'),
};
