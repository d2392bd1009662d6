import { z } from 'zod';
import { PARTITIONS_MAX, PROJECTION_NAMES } from '../topics.js';
import { integerText } from './queries.js';

/** What operators do with whole generations of a projection. */
export const GENERATION_VERBS = ['reproject', 'swap', 'rollback', 'drop'] as const;
export type GenerationVerb = (typeof GENERATION_VERBS)[number];

/** Highest number of a generation, and highest version of the rules. */
const NUMBER_MAX = 2_147_483_647;

/** Views as a checkpoint names them, `run@1`; that a build has them is for the plan to say. */
const VIEWS = /^[a-z][a-z0-9_-]{0,63}@[1-9]\d{0,8}(?:,[a-z][a-z0-9_-]{0,63}@[1-9]\d{0,8}){0,15}$/;

/** The digest of a diff, by which its differences are accepted. */
export const DIFF_DIGEST = /^[0-9a-f]{16}$/;

const number = z.int().min(1).max(NUMBER_MAX);

/** What verbs on generations, and on the rules, are told; each verb has one target. */
export const generationArguments = [
  z.strictObject({
    target: z.literal('new-generation'),
    /** The newest version of every view when absent. */
    views: z.string().regex(VIEWS, { error: 'expected NAME@VERSION, joined by commas' }).optional(),
  }),
  z.strictObject({
    target: z.literal('generation'),
    generation: number,
    /** With swap: the digest of the differences that were looked at. */
    accept: z.string().regex(DIFF_DIGEST, { error: 'expected the digest of a diff' }).optional(),
  }),
  z.strictObject({ target: z.literal('previous-generation') }),
  z.strictObject({ target: z.literal('rules'), decider: number }),
] as const;

/** The one target of a verb on generations or rules. */
export const TARGET_OF_VERB: Readonly<Partial<Record<string, string>>> = {
  reproject: 'new-generation',
  swap: 'generation',
  rollback: 'previous-generation',
  drop: 'generation',
  'change-rules': 'rules',
};

const OWN_TARGETS = new Set(Object.values(TARGET_OF_VERB));

/** Whether a verb takes a target: verbs on generations take their own, all others take the rest. */
export const takesGenerationTarget = (verb: string, target: string): boolean => {
  const own = TARGET_OF_VERB[verb];
  return own === undefined ? !OWN_TARGETS.has(target) : own === target;
};

/** The projection, and the generation of it, that a path names. */
export const projectionParameter = {
  projection: z.enum(PROJECTION_NAMES).describe('Name of the projection.'),
};
export const generationParameters = {
  ...projectionParameter,
  generation: integerText(1, NUMBER_MAX).describe('Number of the generation.'),
};

/** Most streams that a diff shows, and how many if nobody says. */
export const DIFF_SAMPLES_MAX = 1_000;
export const DIFF_SAMPLES_DEFAULT = 20;

/** `GET /internal/v1/projections/:projection/generations/:generation/diff` */
export const diffQuery = z.strictObject({
  partition: integerText(0, PARTITIONS_MAX - 1)
    .describe('Only this partition; all of them when absent.')
    .optional(),
  against: integerText(1, NUMBER_MAX)
    .describe('The generation it is compared with; the live one when absent.')
    .optional(),
  samples: integerText(0, DIFF_SAMPLES_MAX)
    .describe('Most streams that are shown; all are counted.')
    .meta({ default: DIFF_SAMPLES_DEFAULT })
    .optional()
    .transform((samples) => samples ?? DIFF_SAMPLES_DEFAULT),
});
export type DiffQuery = z.output<typeof diffQuery>;
