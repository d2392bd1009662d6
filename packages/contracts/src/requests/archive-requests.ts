import { z } from 'zod';
import { streamIdSchema } from '../ids.js';

/** What operators do with runs that are over, and with the part of the log that nobody needs any more. */
export const ARCHIVE_VERBS = ['archive', 'truncate', 'evict'] as const;
export type ArchiveVerb = (typeof ARCHIVE_VERBS)[number];

/** Most runs that one plan archives: their IDs fit into a record. */
export const ARCHIVED_RUNS_MAX = 1_000;

const TIME_MAX = 64;

/** Which runs are meant. */
export const archiveArguments = [
  z.strictObject({
    target: z.literal('runs'),
    run_ids: z.array(streamIdSchema).min(1).max(ARCHIVED_RUNS_MAX),
  }),
  /** Runs that ended before a time, the ones that ended first first. */
  z.strictObject({
    target: z.literal('finished'),
    before: z.string().max(TIME_MAX),
    limit: z.int().min(1).max(ARCHIVED_RUNS_MAX).optional(),
  }),
  /** What nothing on the log needs any more. */
  z.strictObject({ target: z.literal('log-head') }),
  /** Archived runs that the log no longer has. */
  z.strictObject({ target: z.literal('cut-off') }),
] as const;

/** The targets of each verb. */
const TARGETS: Readonly<Record<ArchiveVerb, readonly string[]>> = {
  archive: ['runs', 'finished'],
  truncate: ['log-head'],
  evict: ['cut-off'],
};

const OWN_TARGETS = new Set(Object.values(TARGETS).flat());

export const isArchiveVerb = (verb: string): verb is ArchiveVerb => Object.hasOwn(TARGETS, verb);

/** Whether a verb of {@link ARCHIVE_VERBS} has that target, and no other verb one of theirs. */
export const takesArchiveTarget = (verb: string, target: string): boolean =>
  isArchiveVerb(verb) ? TARGETS[verb].includes(target) : !OWN_TARGETS.has(target);
