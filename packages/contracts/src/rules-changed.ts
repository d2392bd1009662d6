import { z } from 'zod';

/** Highest version of the rules that a record may select. */
const VERSION_MAX = 2_147_483_647;

const offset = z.number().int().min(0);
const version = z.number().int().min(1).max(VERSION_MAX);

type Changes = readonly (readonly [number, number])[];

const rises = (changes: Changes): boolean =>
  changes.every(([from, to], at) => {
    const before = changes[at - 1];
    return before === undefined ? to > 1 : from > before[0] && to > before[1];
  });

/**
 * Data of a `rules.changed` record.
 * - `decider` the version of the rules from the record's own offset on
 * - `history` the changes of the partition before this record, `[offset, version]` each, oldest
 *   first, both rising; before the first of them version 1 holds
 */
export const rulesChangedSchema = z.looseObject({
  decider: version,
  history: z
    .array(z.tuple([offset, version]))
    .refine(rises, { error: 'expected offsets and versions that rise, from a version above 1' }),
});

export type RulesChanged = z.infer<typeof rulesChangedSchema>;
