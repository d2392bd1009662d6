import type { Change, ChangeCode } from '@refold/pipeline';

/** What is no longer as it was planned. */
const WORDS: Readonly<Record<ChangeCode, string>> = {
  generation_changed: 'another generation is meant now',
  generation_was_live: 'the generation was live',
  partition_count_changed: 'the topic has another number of partitions',
  checkpoint_missing: 'the read models were emptied',
  checkpoint_went_back: 'the read models went back to an older state',
  views_changed: 'the views of the read models are other ones',
  role_changed: 'the generation is live no longer, or again',
  log_start_moved: 'the log lost records that the plan reads',
  log_end_went_back: 'the log lost its tail',
  decider_changed: 'other rules are in force',
  checkpoint_moved_on: 'more is folded',
};

/** A change of one partition, or of all. */
type ToldChange = Pick<Change, 'code' | 'partition'>;

/** Of a partition it is known which generation was live there: that is another one. */
const isOfLive = ({ code, partition }: ToldChange): boolean =>
  code === 'generation_changed' && partition !== null;

/** Why a plan is not carried out, as one sentence that says what to do. */
export function outdatedBy(changes: readonly ToldChange[]): string {
  const words = changes.some(isOfLive)
    ? { ...WORDS, generation_changed: 'another generation is live now' }
    : WORDS;
  const codes = new Set(changes.map(({ code }) => code));
  const told = [...codes].map((code) => `${words[code]} (${code})`).join(', ');
  return `Since the plan was made ${told}. Make a new plan.`;
}
