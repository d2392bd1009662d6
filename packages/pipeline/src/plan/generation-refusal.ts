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
        | 'nothing_to_roll_back'
        /** There is no one generation to go back from, and to: the partitions have to be named. */
        | 'several_generations';
      partition: null;
    }
  /** The last swap took one back already: going forth again is a swap. */
  | { reason: 'rolled_back'; partition: number; from: number; to: number }
  | { reason: 'already_live'; partition: number }
  /** Rules that come back are a new version. */
  | { reason: 'older_rules'; partition: number; in_force: number }
  /** All partitions that are meant have that version: there is nothing to change. */
  | { reason: 'rules_in_force'; partition: number; in_force: number };

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
