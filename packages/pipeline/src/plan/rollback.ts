import { liveGeneration } from '../generation/pointer.js';
import type { Pointer } from '../generation/pointer.js';
import type { GenerationRefusal } from './generation-refusal.js';

/** Which generation is taken back, where, and which one becomes live again. */
export interface Rollback {
  from: number;
  to: number;
  partitions: number[];
}

/** The only one of its kind; null: there are none, or others. */
const only = (numbers: readonly number[]): number | null => {
  const [first = null, ...others] = new Set(numbers);
  return others.length === 0 ? first : null;
};

/** Where the generation that the last swap made live was made live by a swap that is not taken back. */
function partitionsOfLast({ before, ...pointer }: Pointer): number[] {
  const last = Math.max(0, ...[...before.values()].map(({ swap }) => swap));
  const first = [...before.keys()].find((partition) => before.get(partition)?.swap === last);
  if (first === undefined) return [];
  if (before.get(first)?.isBack === true) return [first];
  const bad = liveGeneration(pointer, first);
  return [...before]
    .filter(([partition, { isBack }]) => !isBack && liveGeneration(pointer, partition) === bad)
    .map(([partition]) => partition);
}

/**
 * What takes the last swap back, or why nothing does. A swap that took one back is not taken back: who sends a rollback
 * twice does not want what it has just got rid of.
 * @param named Only on these partitions; null: wherever the generation of the last swap is live by a swap.
 */
export function rollbackOf(
  pointer: Pointer,
  named: readonly number[] | null,
): Rollback | GenerationRefusal {
  const partitions = [...(named ?? partitionsOfLast(pointer))].sort((a, b) => a - b);
  const nothing: GenerationRefusal = { reason: 'nothing_to_roll_back', partition: null };
  const befores = partitions.map((partition) => pointer.before.get(partition));
  const known = befores.filter((one) => one !== undefined);
  if (partitions.length === 0 || known.length < partitions.length) return nothing;
  const back = partitions.find((_, at) => befores[at]?.isBack === true);
  if (back !== undefined) {
    const from = pointer.before.get(back)?.generation ?? 0;
    return { reason: 'rolled_back', partition: back, from, to: liveGeneration(pointer, back) };
  }
  const from = only(partitions.map((partition) => liveGeneration(pointer, partition)));
  const to = only(known.map(({ generation }) => generation));
  if (from === null || to === null) return { reason: 'several_generations', partition: null };
  const state = pointer.generations.get(to)?.state ?? 'dropping';
  return state === 'dropping' ? nothing : { from, to, partitions };
}
