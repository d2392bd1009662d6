import { z } from 'zod';
import { OPERATION_STATUSES } from '../events/operation-events.js';
import { PARTITIONS_MAX, PROJECTION_NAMES } from '../topics.js';
import { ARCHIVE_VERBS, archiveArguments, takesArchiveTarget } from './archive-requests.js';
import {
  GENERATION_VERBS,
  generationArguments,
  takesGenerationTarget,
} from './generation-requests.js';
import { idempotencyKeySchema } from './idempotency-key.js';
import { reasonSchema } from './members.js';
import {
  PARKED_VERBS,
  parkedArguments,
  subjectText,
  takesParkedTarget,
} from './parked-requests.js';
import { freshness, page } from './queries.js';

/** What an operation does: with streams, with what stands still, with what is over, with generations, or with the rules. */
export const OPERATION_VERBS = [
  'rewind',
  'verify',
  'repair',
  ...PARKED_VERBS,
  ...ARCHIVE_VERBS,
  ...GENERATION_VERBS,
  'change-rules',
] as const;
export type OperationVerb = (typeof OPERATION_VERBS)[number];

/** Longest text of a file of offsets, in characters: 10,000 partitions and more. */
export const OFFSETS_FILE_MAX = 262_144;

const TIME_MAX = 64;

const takesTarget = (verb: string, target: string): boolean =>
  takesParkedTarget(verb, target) &&
  takesArchiveTarget(verb, target) &&
  takesGenerationTarget(verb, target);

const offset = z.int().min(0);
const share = z.number().gt(0).max(1);
const time = z.string().max(TIME_MAX);
const plain = <T extends string>(target: T) => z.strictObject({ target: z.literal(target) });

/**
 * How far back, in the words of `kafka-consumer-groups --reset-offsets`; each is resolved once, by the plan. Or
 * which generation, or which rules.
 */
export const operationArguments = z.discriminatedUnion('target', [
  plain('to-earliest'),
  plain('to-latest'),
  plain('to-current'),
  z.strictObject({ target: z.literal('to-offset'), offset }),
  z.strictObject({ target: z.literal('to-datetime'), datetime: time, until: time.optional() }),
  z.strictObject({ target: z.literal('by-duration'), duration: time, until: time.optional() }),
  z.strictObject({ target: z.literal('shift-by'), shift: z.int() }),
  z.strictObject({ target: z.literal('from-file'), file: z.string().max(OFFSETS_FILE_MAX) }),
  z.strictObject({
    target: z.literal('run'),
    subject: subjectText,
  }),
  ...parkedArguments,
  ...archiveArguments,
  ...generationArguments,
]);
export type OperationArguments = z.output<typeof operationArguments>;

/** `POST /internal/v1/operations` */
export const planOperationRequest = z
  .strictObject({
    verb: z.enum(OPERATION_VERBS),
    projection: z.enum(PROJECTION_NAMES),
    /** All of them when absent, or those that the arguments name. */
    partitions: z
      .array(
        z
          .int()
          .min(0)
          .max(PARTITIONS_MAX - 1),
      )
      .min(1)
      .max(PARTITIONS_MAX)
      .nullish(),
    arguments: operationArguments,
    /** Verify only so many of the streams, chosen at random. */
    sample: share.nullish(),
    /** Share of the time that it may take on each partition, so that live folding has the rest. */
    share: share.nullish(),
    /** True: the plan is answered, and nothing is recorded. */
    dry_run: z.boolean().nullish(),
    idempotency_key: idempotencyKeySchema,
  })
  .refine(({ verb, sample }) => sample == null || verb === 'verify', {
    path: ['sample'],
    error: 'expected no sample: only verify takes one',
  })
  .refine(({ verb, share: asked }) => asked == null || verb !== 'archive', {
    path: ['share'],
    error: 'expected no share: archive writes one event for each run, and reads nothing',
  })
  .refine(({ verb, arguments: { target } }) => takesTarget(verb, target), {
    path: ['arguments', 'target'],
    error: 'expected a target that the verb takes',
  });
export type PlanOperationRequest = z.output<typeof planOperationRequest>;

/** `POST /internal/v1/operations/:operation_id/approve`, `…/cancel` */
export const decideOperationRequest = z.strictObject({
  reason: reasonSchema,
  idempotency_key: idempotencyKeySchema,
});

/** `POST /internal/v1/operations/:operation_id/execute` */
export const executeOperationRequest = z.strictObject({ idempotency_key: idempotencyKeySchema });

/** `GET /internal/v1/operations/:operation_id` */
export const readOperationQuery = z.strictObject({
  ...freshness,
  include: z
    .enum(['differences'])
    .describe('Shows what a verification or a repair has found, at most 1,000 differences.')
    .optional(),
});
export type ReadOperationQuery = z.output<typeof readOperationQuery>;

/** `GET /internal/v1/operations` */
export const listOperationsQuery = z.strictObject({
  ...page,
  ...freshness,
  status: z.enum(OPERATION_STATUSES).optional(),
  verb: z.enum(OPERATION_VERBS).optional(),
  projection: z.enum(PROJECTION_NAMES).optional(),
});
export type ListOperationsQuery = z.output<typeof listOperationsQuery>;

/** `GET /internal/v1/explanations` */
export const explainQuery = z.strictObject({ ...page, subject: subjectText });
export type ExplainQuery = z.output<typeof explainQuery>;
