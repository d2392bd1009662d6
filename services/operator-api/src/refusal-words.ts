import type { GenerationRefusal, Refusal, VerdictChange } from '@refold/pipeline';

/** Why a plan is refused; on which partition, unless it is about all of them. */
export type Refused = GenerationRefusal | (Refusal & { partition: number });

/** What is said where the live generation goes on with streams that stand parked in the other one; null: nothing. */
function mendedWords(verdicts: readonly VerdictChange[]): string | null {
  const [first, ...others] = verdicts.filter(({ field }) => field === '/parked');
  if (first === undefined) return null;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${first.stream}${more} would stand parked again: a redrive, rewind or repair mends the live generation alone, and another one cannot become live behind it; drop that with refold drop, and build one anew with refold reproject`;
}

/** What each reason means, and what to do. */
const WORDS: {
  [Reason in Refused['reason']]: (refusal: Extract<Refused, { reason: Reason }>) => string;
} = {
  forward: ({ skips }) =>
    `the target lies ahead of what is folded: it would skip ${skips} events; choose an earlier one`,
  nothing_folded: () => 'nothing is folded there yet: wait for a projector',
  checkpoint_beyond_end: () =>
    'the log ends before what is folded: it was replaced, or lost its tail; restore it, or empty the store if the log is right',
  too_many_streams: ({ most }) =>
    `more than ${most} streams: choose a shorter range or fewer partitions, or build all anew with refold reproject`,
  behind: ({ lag }) =>
    `the generation is ${lag} offsets behind the live one: wait until refold generations says that it is built`,
  verdicts_differ: ({ differing, verdicts }) =>
    mendedWords(verdicts) ??
    `${differing} verdicts, sequence numbers or chain hashes would be other ones: a generation never changes what was decided; look at refold diff, drop it, and have other rules begin with refold rules change`,
  not_compared: ({ streams }) =>
    `${streams} streams were written so often that they could not be compared: try again`,
  skips_open: ({ generation, skips }) =>
    `in generation ${generation} the streams of ${skips} skipped events are still to be folded again: wait; if it stays so, refold verify says which streams the log cannot rebuild, a redrive or rewind of one says why else, and the other partitions can be swapped with --partition`,
  too_many_parked: ({ most }) =>
    `more than ${most} streams stand parked, in one generation or the other, and all have to be compared while the partition is sealed: redrive them after a fix, or skip their events, and plan again; refold parked list shows them`,
  carrying_over: ({ generation }) =>
    `streams that began before the log does are still carried over into generation ${generation}: wait`,
  differences_not_accepted: ({ digest }) =>
    digest === null
      ? 'more kinds of fields differ than can be accepted: look at refold diff, and build a generation that changes less'
      : `there are differences: look at refold diff, and accept them with --accept ${digest}`,
  unknown_generation: () => 'there is no such generation: refold generations lists them',
  generation_dropped: () =>
    'the generation is being removed: build another one with refold reproject',
  generation_live: () =>
    'the generation is live on some partition: swap to another one, or roll back, before it is dropped',
  too_many_generations: () =>
    'there are as many generations as can be: drop one that is not needed',
  nothing_to_roll_back: () => 'no swap was made that could be taken back',
  several_generations: () =>
    'the partitions were swapped from, or to, different generations: name some with --partition',
  rolled_back: ({ from, to }) =>
    `the last swap was a rollback already, from ${from} to ${to}: refold swap ${from} has it live again`,
  already_live: () => 'the generation is live there already: leave the partition out',
  older_rules: ({ in_force: inForce }) =>
    `version ${inForce} of the rules is in force, and rules that come back are a new version: deploy a build that has one`,
  rules_in_force: ({ in_force: inForce }) =>
    `version ${inForce} of the rules is in force already, and there is nothing to change`,
};

/** What a refusal means, and what to do, without the partition. */
export function wordsOf(refusal: Refused): string {
  const tell = WORDS[refusal.reason] as (refused: Refused) => string;
  return tell(refusal);
}

/** Refusals as one sentence, in which each reason stands once, with the partitions that it is about. */
export function sentenceOf(refusals: readonly Refused[]): string {
  const partitions = new Map<string, number[]>();
  for (const refusal of refusals) {
    const words = wordsOf(refusal);
    const places = partitions.get(words) ?? [];
    if (refusal.partition !== null) places.push(refusal.partition);
    partitions.set(words, places);
  }
  const parts = [...partitions].map(([words, places]) => {
    if (places.length === 0) return words;
    return `partition${places.length > 1 ? 's' : ''} ${places.join(', ')}: ${words}`;
  });
  return `${parts.join('; ')}.`;
}
