import { NEAR_MAX } from '../generation/flip-swap.js';
import type { Offset } from '../ports/event-log.js';
import type { PartitionDiff, VerdictChange } from './generation-diff.js';
import { digestOf, hasDifferences } from './generation-digest.js';
import { PARKED_MAX } from './parked-streams.js';

/** Why a generation may not become the live one. */
export type GateRefusal =
  /** It is further behind than what a swap folds while the partition is sealed. */
  | { reason: 'behind'; partition: number; lag: Offset }
  /** Verdicts, seqs or chain hashes are other ones: the first of them, and how many there are. */
  | { reason: 'verdicts_differ'; partition: number; differing: number; verdicts: VerdictChange[] }
  /** Streams never stood where they could be compared. */
  | { reason: 'not_compared'; partition: number; streams: number }
  /** Streams of a generation are still to be folded again, because claims of theirs are skipped. */
  | { reason: 'skips_open'; partition: number; generation: number; skips: number }
  /** More streams stand parked than can be compared while the partition is sealed. */
  | { reason: 'too_many_parked'; partition: number; most: number }
  /** Streams are still to be carried over into the generation. */
  | { reason: 'carrying_over'; partition: number; generation: number }
  /** There are differences, and nobody accepted them. */
  | { reason: 'differences_not_accepted'; partition: null; digest: string | null };

/** Differing verdicts that a refusal lists. */
const VERDICTS_MAX = 20;

function refusalsOf(diff: PartitionDiff): GateRefusal[] {
  const { partition, unsettled, differingVerdicts: differing } = diff;
  const refusals: GateRefusal[] = [];
  const lag = Math.max(0, (diff.old.next ?? 0) - (diff.new.next ?? 0));
  if (diff.new.next === null || lag > NEAR_MAX) refusals.push({ reason: 'behind', partition, lag });
  for (const { generation, skips, carrying } of [diff.old, diff.new]) {
    if (carrying) refusals.push({ reason: 'carrying_over', partition, generation });
    if (skips > 0) refusals.push({ reason: 'skips_open', partition, generation, skips });
  }
  if (diff.hasManyParked) refusals.push({ reason: 'too_many_parked', partition, most: PARKED_MAX });
  if (differing > 0) {
    const verdicts = diff.verdicts.slice(0, VERDICTS_MAX);
    refusals.push({ reason: 'verdicts_differ', partition, differing, verdicts });
  }
  if (unsettled > 0) refusals.push({ reason: 'not_compared', partition, streams: unsettled });
  return refusals;
}

/**
 * Why a swap to the new generation is refused; empty: it may be made. Nothing is accepted that changes a verdict.
 * @param accepted The digest of differences that somebody looked at; null: of none.
 */
export function swapGate(
  partitions: readonly PartitionDiff[],
  accepted: string | null,
): GateRefusal[] {
  const refusals = partitions.flatMap(refusalsOf);
  const digest = digestOf(partitions);
  if (hasDifferences(partitions) && (digest === null || digest !== accepted)) {
    refusals.push({ reason: 'differences_not_accepted', partition: null, digest });
  }
  return refusals;
}
