import { partitionOf } from '@refold/contracts';
import { generationOf, pointerSlot, slotOf, slotTag } from '@refold/pipeline';
import type { Projection, Slot } from '@refold/pipeline';
import type { MemoryViewStore } from '../memory/memory-view-store.js';

/** One partition of one projection. */
export interface Place {
  projection: Projection;
  partition: number;
}

/** Whatever generation of a partition it is about. */
export const keyOf = ({ topic }: Pick<Projection, 'topic'>, partition: number): string =>
  `${topic}/${partition}`;

/** Live generations by partition, as the store has them at this moment. */
export function liveGenerations(
  store: Pick<MemoryViewStore, 'readNow'>,
  projection: Projection,
): number[] {
  const { results } = store.readNow(pointerSlot(projection), [{ kind: 'fields', name: 'live' }]);
  const [live] = results;
  return Array.from({ length: projection.partitions }, (_, partition) =>
    Number(live.get(String(partition)) ?? projection.generation),
  );
}

/** The projection as the generation of it that readers of a partition are given. */
export const liveOf = (
  store: Pick<MemoryViewStore, 'readNow'>,
  projection: Projection,
  partition: number,
): Projection =>
  generationOf(projection, liveGenerations(store, projection)[partition] ?? projection.generation);

/** The slot that readers of a partition are given. */
export const liveSlot = (
  { store }: { store: Pick<MemoryViewStore, 'readNow'> },
  projection: Projection,
  partition: number,
): Slot => slotOf(liveOf(store, projection, partition), partition);

/** The generations that are folded behind the live one. */
export function asidesOf(
  store: Pick<MemoryViewStore, 'readNow'>,
  projection: Projection,
  partition: number,
): Projection[] {
  const { results } = store.readNow(pointerSlot(projection), [
    { kind: 'fields', name: 'generations' },
  ]);
  const live = liveGenerations(store, projection)[partition];
  return [...results[0]]
    .filter(([number, text]) => Number(number) !== live && !text.includes('dropping'))
    .map(([number]) => generationOf(projection, Number(number)));
}

/** True where a store or a log lost something, so that a generation aside may be ahead, or stand still. */
export const hasLost = (
  {
    regressed,
    lost,
  }: { regressed: ReadonlySet<string>; lost: readonly { topic: string; partition: number }[] },
  projection: Projection,
  partition: number,
): boolean =>
  regressed.has(keyOf(projection, partition)) ||
  lost.some((tail) => tail.topic === projection.topic && tail.partition === partition);

export const tagOf = (
  world: { store: Pick<MemoryViewStore, 'readNow'> },
  { projection, partition }: Place,
): string => slotTag(liveSlot(world, projection, partition));

/** A stream ID whose home is this partition. */
export function localId({ projection, partition }: Place): string {
  for (let n = 0; ; n++) {
    const id = `local-${n}`;
    if (partitionOf(id, projection.partitions) === partition) return id;
  }
}
