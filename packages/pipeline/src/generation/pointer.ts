import type { Slot } from '../ports/view-store.js';
import type { Projection } from '../projection.js';

/**
 * - `building`: was live nowhere yet.
 * - `live`: readers are given it, on some partition at least.
 * - `retired`: was live, is folded on, and may become live again.
 * - `dropping`: its read models are being removed; nothing brings it back.
 */
export type GenerationState = 'building' | 'live' | 'retired' | 'dropping';

/** One complete build of a projection. */
export interface Generation {
  /** The views it is folded into, as a checkpoint names them; null: those that its slots name. */
  views: string | null;
  state: GenerationState;
  /** Share of the time that folding it aside may take, above 0 to 1. */
  share: number;
  /** Who asked for it last; null for the first one. */
  operation: string | null;
}

/** A swap that was asked for and is not over. */
export interface Swap {
  operation: string;
  to: number;
  partitions: readonly number[];
  /** It takes the last swap of these partitions back. */
  isBack?: true;
}

/** What was live on a partition before the last swap of it. */
export interface Before {
  generation: number;
  /** Swaps of a projection are numbered; the same for all partitions of one. */
  swap: number;
  /** That swap took the one before it back. */
  isBack: boolean;
}

/** What became of an operation on the pointer. */
export type PointerResult =
  | { kind: 'created'; generation: number }
  /** `from`: what was live before, by partition. */
  | { kind: 'swapped'; to: number; from: Record<string, number> }
  /** The swap was given up before readers saw anything of it. */
  | { kind: 'given_up'; reason: string }
  /** `streams`: how many it had, by partition, once they are removed there. */
  | { kind: 'dropped'; generation: number; streams?: Record<string, number> };

/** Which generations a projection has, and which of them is live where: one for all of its partitions. */
export interface Pointer {
  /** Its fence as the store keeps it, new with every change; null: nothing was ever changed. */
  text: string | null;
  /** The generation of partitions that are not named in `live`. */
  first: number;
  live: ReadonlyMap<number, number>;
  /** By partition; a partition that was never swapped is left out. */
  before: ReadonlyMap<number, Before>;
  /** All that are there, by number. */
  generations: ReadonlyMap<number, Generation>;
  /** The highest number that was ever given; no number is given twice. */
  last: number;
  swap: Swap | null;
  /** Results of the last operations, the oldest first. */
  done: ReadonlyMap<string, PointerResult>;
}

/** The slot that holds the pointer of a projection. Generations are numbered from 1 on. */
export const pointerSlot = ({ name }: Pick<Projection, 'name'>): Slot => ({
  projection: name,
  generation: 0,
  partition: 0,
});

/** The generation that readers of a partition are given. */
export const liveGeneration = (
  { live, first }: Pick<Pointer, 'live' | 'first'>,
  partition: number,
): number => live.get(partition) ?? first;

/** The same projection as another generation of it: what names its slots. */
export const generationOf = (projection: Projection, generation: number): Projection => ({
  ...projection,
  generation,
});

/** Generations that the owner of a partition folds beside the live one. */
export const asideGenerations = (pointer: Pointer, partition: number): number[] =>
  [...pointer.generations]
    .filter(([, { state }]) => state !== 'dropping')
    .map(([generation]) => generation)
    .filter((generation) => generation !== liveGeneration(pointer, partition));

/** Where readers are given a generation, of so many partitions. */
export const livePartitions = (
  pointer: Pointer,
  generation: number,
  partitions: number,
): number[] =>
  Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => liveGeneration(pointer, partition) === generation,
  );
