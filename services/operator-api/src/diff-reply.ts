import type { DiffReply } from '@refold/contracts';
import { digestOf, swapGate, type PartitionDiff } from '@refold/pipeline';
import { wordsOf } from './refusal-words.js';

type Sum = 'streams' | 'added' | 'removed' | 'changed' | 'carried' | 'unsettled';

const countsOf = (diffs: readonly PartitionDiff[]) => {
  const sum = (name: Sum | 'differingVerdicts'): number =>
    diffs.reduce((total, diff) => total + diff[name], 0);
  return {
    streams: sum('streams'),
    added: sum('added'),
    removed: sum('removed'),
    changed: sum('changed'),
    carried: sum('carried'),
    unsettled: sum('unsettled'),
    differing_verdicts: sum('differingVerdicts'),
  };
};

/** The kinds of fields that differ, the most frequent first. */
function fieldsOf(diffs: readonly PartitionDiff[]): DiffReply['fields'] {
  const total = new Map<string, number>();
  for (const { places } of diffs) {
    for (const [field, streams] of places) total.set(field, (total.get(field) ?? 0) + streams);
  }
  return [...total]
    .map(([field, streams]) => ({ field, streams }))
    .sort((a, b) => b.streams - a.streams || (a.field < b.field ? -1 : 1));
}

/** A diff as replies show it. @param samples Most verdicts that are shown. */
export function diffReplyOf(
  projection: string,
  generation: number,
  diffs: readonly PartitionDiff[],
  samples: number,
): DiffReply {
  const digest = digestOf(diffs);
  const counts = countsOf(diffs);
  const { added, removed, changed, differing_verdicts: differing } = counts;
  const shown = diffs.flatMap((diff) => diff.samples);
  const verdicts = diffs.flatMap((diff) => diff.verdicts).slice(0, samples);
  return {
    projection,
    generation,
    digest,
    ...counts,
    fields: fieldsOf(diffs),
    fields_left_out: diffs.some(({ placesLeftOut }) => placesLeftOut),
    partitions: diffs.map((diff) => ({
      partition: diff.partition,
      old: diff.old,
      new: diff.new,
      ...countsOf([diff]),
      counters: diff.counters,
      counters_left_out: diff.countersLeftOut,
      unsettled_streams: diff.unsettledStreams,
    })),
    samples: shown.map(({ fieldsLeftOut, ...one }) => ({ ...one, fields_left_out: fieldsLeftOut })),
    samples_left_out: added + removed + changed - shown.length,
    verdicts,
    verdicts_left_out: differing - verdicts.length,
    refusals: swapGate(diffs, digest).map((one) => ({ ...one, message: wordsOf(one) })),
  };
}
