import type { ArchiveVerb, GenerationVerb, OperationVerb } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { RefoldSelection, RefoldTask } from '../refold/refold-task.js';

/** Verbs that fold streams anew, or remove them; the others are about the log, generations and rules. */
export type RefoldVerb = Exclude<
  OperationVerb,
  'republish' | Exclude<ArchiveVerb, 'evict'> | GenerationVerb | 'change-rules'
>;

const EFFECTS: Readonly<Record<RefoldVerb, RefoldTask['effect']>> = {
  rewind: 'replace',
  verify: 'compare',
  repair: 'repair',
  redrive: 'replace',
  skip: 'replace',
  evict: 'evict',
};

/** What a verb does with its streams. */
export const effectOf = (verb: RefoldVerb): RefoldTask['effect'] => EFFECTS[verb];

/** Whether this build folds streams anew for a verb: another one may have planned it. */
export const isKnownVerb = (verb: string): verb is RefoldVerb => Object.hasOwn(EFFECTS, verb);

/** The streams of one partition that an operation is about, for its plan and for whoever carries it out. */
export function selectionOf(
  effect: RefoldTask['effect'],
  target: string | undefined,
  subjects: readonly string[] | null,
  { from, to }: { from: Offset; to: Offset },
): RefoldSelection {
  if (subjects !== null) return { kind: 'streams', subjects, to };
  if (effect === 'evict') return { kind: 'all', to };
  // Counters and indexes can be compared only with all streams of a partition.
  const isAll = target === 'to-earliest' && effect !== 'replace';
  return isAll ? { kind: 'all', to } : { kind: 'range', from, to };
}
