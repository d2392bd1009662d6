import type { GateRefusal } from '../diff/swap-gate.js';
import { liveGeneration } from '../generation/pointer.js';
import type { Pointer } from '../generation/pointer.js';

/** Why a plan on generations, or on the rules, cannot be carried out. */
export type GenerationRefusal =
  | GateRefusal
  | { reason: 'nothing_folded'; partition: number }
  | {
      reason:
        | 'unknown_generation'
        | 'generation_dropped'
        | 'generation_live'
        | 'too_many_generations'
        | 'nothing_to_roll_back';
      partition: null;
    }
  | { reason: 'already_live'; partition: number }
  /** Rules that come back are a new version. */
  | { reason: 'older_rules'; partition: number; in_force: number };

/** Why a generation cannot become live on these partitions, by the pointer alone. */
export function targetRefusals(
  pointer: Pointer,
  generation: number,
  partitions: readonly number[],
): GenerationRefusal[] {
  const found = pointer.generations.get(generation);
  if (found === undefined) return [{ reason: 'unknown_generation', partition: null }];
  if (found.state === 'dropping') return [{ reason: 'generation_dropped', partition: null }];
  return partitions
    .filter((partition) => liveGeneration(pointer, partition) === generation)
    .map((partition) => ({ reason: 'already_live', partition }));
}

/** Why a generation cannot be dropped. */
export function dropRefusals(
  pointer: Pointer,
  generation: number,
  partitions: readonly number[],
): GenerationRefusal[] {
  const found = pointer.generations.get(generation);
  if (found === undefined) return [{ reason: 'unknown_generation', partition: null }];
  if (found.state === 'dropping') return [{ reason: 'generation_dropped', partition: null }];
  const isLive = partitions.some((one) => liveGeneration(pointer, one) === generation);
  return isLive ? [{ reason: 'generation_live', partition: null }] : [];
}

/**
 * The generation that was live on these partitions before the last swap of them; null: there was none, it is gone, or
 * it is not the same one on all of them.
 */
export function previousGeneration(pointer: Pointer, partitions: readonly number[]): number | null {
  const before = new Set(
    partitions.map((partition) => {
      for (const result of [...pointer.done.values()].reverse()) {
        const from = result.kind === 'swapped' ? result.from[String(partition)] : undefined;
        if (from !== undefined) return from;
      }
      return null;
    }),
  );
  const [only = null] = before;
  if (before.size !== 1 || only === null) return null;
  const state = pointer.generations.get(only)?.state;
  return state === undefined || state === 'dropping' ? null : only;
}
