import type { ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import { liveGeneration, livePartitions, pointerSlot } from './pointer.js';
import type { Generation, Pointer, PointerResult, Swap } from './pointer.js';
import { encodeFence, pointerWrites, readPointer } from './stored-pointer.js';

/** Generations of a projection that may be there at once: each is folded by whoever owns a partition. */
export const GENERATIONS_MAX = 8;

/** What changing the pointer needs. */
export interface PointerPorts {
  store: Pick<ViewStore, 'read' | 'commit'>;
  /** Random and new at every call. */
  commitId: () => string;
}

/** Why the pointer stays as it is; `by`: the operation that is in the way. */
export type PointerRefusal =
  | { kind: 'refused'; code: 'too_many_generations' | 'unknown_generation' | 'already_live' }
  | { kind: 'refused'; code: 'generation_dropped' | 'generation_live' }
  | { kind: 'refused'; code: 'swap_in_progress'; by: string }
  | ({ kind: 'refused'; code: 'live_changed' } & LiveChange);

/** Another generation is live on a partition than the one that was to be swapped. */
export interface LiveChange {
  partition: number;
  planned: number;
  found: number;
}

const refused = (
  code: Exclude<PointerRefusal['code'], 'swap_in_progress' | 'live_changed'>,
): PointerRefusal => ({ kind: 'refused', code });

const inProgress = ({ operation }: Swap): PointerRefusal => ({
  kind: 'refused',
  code: 'swap_in_progress',
  by: operation,
});

/** The next pointer and what came of it, or only an answer: then nothing is written. */
type Change<A> = (pointer: Pointer) => { to: Pointer; answer: A } | { answer: A };

/**
 * Changes the pointer in one step, whoever else changes it at the same time. `change` is asked again
 * where somebody was faster.
 * @throws StoreUnavailable with an unknown outcome: ask again, a change that was made is known by its operation.
 */
export async function changePointer<A>(
  { store, commitId }: PointerPorts,
  projection: Projection,
  change: Change<A>,
): Promise<A> {
  for (;;) {
    const from = await readPointer(store, projection);
    const changed = change(from);
    if (!('to' in changed)) return changed.answer;
    const next = encodeFence(commitId());
    const writes = pointerWrites(from, changed.to);
    const answer = await store.commit(pointerSlot(projection), from.text, next, writes, []);
    if (answer.outcome === 'committed' || answer.current === next) return changed.answer;
  }
}

const withDone = (pointer: Pointer, operation: string, result: PointerResult): Pointer => ({
  ...pointer,
  done: new Map([...pointer.done, [operation, result]]),
});

const withGeneration = (pointer: Pointer, number: number, generation: Generation): Pointer => ({
  ...pointer,
  generations: new Map([...pointer.generations, [number, generation]]),
});

/** A generation that is to be built. */
export interface GenerationRequest extends Pick<Generation, 'share'> {
  operation: string;
  /** As a checkpoint names them, `run@2`. */
  views: string;
}

/** Has one more generation built, beside the live one, under a number of its own. */
export function createGeneration(
  ports: PointerPorts,
  projection: Projection,
  { operation, views, share }: GenerationRequest,
): Promise<PointerResult | PointerRefusal> {
  return changePointer<PointerResult | PointerRefusal>(ports, projection, (pointer) => {
    const done = pointer.done.get(operation);
    if (done !== undefined) return { answer: done };
    if (pointer.generations.size >= GENERATIONS_MAX) {
      return { answer: refused('too_many_generations') };
    }
    const generation = pointer.last + 1;
    const answer: PointerResult = { kind: 'created', generation };
    const to = withGeneration(
      { ...withDone(pointer, operation, answer), last: generation },
      generation,
      { views, state: 'building', share, operation },
    );
    return { to, answer };
  });
}

/** The first partition on which another generation is live; null: there is none. */
function changeOf(
  pointer: Pointer,
  partitions: readonly number[],
  from: ReadonlyMap<number, number>,
): LiveChange | null {
  for (const partition of partitions) {
    const found = liveGeneration(pointer, partition);
    const planned = from.get(partition) ?? found;
    if (planned !== found) return { partition, planned, found };
  }
  return null;
}

/** A swap is under way from now on: its partitions are sealed by their owners. */
export interface SwapBegun {
  kind: 'begun';
  swap: Swap;
}

/**
 * Asks for a generation to become live on these partitions, all of them in one step. Whether it ought to
 * is for whoever asks; that it has caught up exactly is seen to by the owners of the partitions.
 * @param from What it is to take the place of, by partition: that was compared, and accepted. A partition that is left
 * out has any.
 */
export function beginSwap(
  ports: PointerPorts,
  projection: Projection,
  swap: Swap,
  from: ReadonlyMap<number, number> = new Map(),
): Promise<SwapBegun | PointerResult | PointerRefusal> {
  return changePointer<SwapBegun | PointerResult | PointerRefusal>(ports, projection, (pointer) => {
    const { operation, to, partitions } = swap;
    const done = pointer.done.get(operation);
    if (done !== undefined) return { answer: done };
    if (pointer.swap?.operation === operation) {
      return { answer: { kind: 'begun', swap: pointer.swap } };
    }
    if (pointer.swap !== null) return { answer: inProgress(pointer.swap) };
    const generation = pointer.generations.get(to);
    if (generation === undefined) return { answer: refused('unknown_generation') };
    if (generation.state === 'dropping') return { answer: refused('generation_dropped') };
    const isLive = partitions.some((partition) => liveGeneration(pointer, partition) === to);
    if (isLive) return { answer: refused('already_live') };
    const changed = changeOf(pointer, partitions, from);
    if (changed !== null) return { answer: { kind: 'refused', code: 'live_changed', ...changed } };
    return { to: { ...pointer, swap }, answer: { kind: 'begun', swap } };
  });
}

/**
 * Gives a swap up, as long as readers have seen nothing of it.
 * @returns What became of it: a swap that was faster stays. Null: there is no such swap.
 */
export function giveUpSwap(
  ports: PointerPorts,
  projection: Projection,
  operation: string,
  reason: string,
): Promise<PointerResult | null> {
  return changePointer<PointerResult | null>(ports, projection, (pointer) => {
    if (pointer.swap?.operation !== operation) {
      return { answer: pointer.done.get(operation) ?? null };
    }
    const answer: PointerResult = { kind: 'given_up', reason };
    return { to: { ...withDone(pointer, operation, answer), swap: null }, answer };
  });
}

/** The pointer behind a swap: the step that readers see. To be committed only on the fence of `pointer`. */
export function swapped(pointer: Pointer, swap: Swap, partitions: number): Pointer {
  const { operation, to } = swap;
  const from = Object.fromEntries(
    swap.partitions.map((partition) => [String(partition), liveGeneration(pointer, partition)]),
  );
  const live = new Map(pointer.live);
  const before = new Map(pointer.before);
  const number = 1 + Math.max(0, ...[...before.values()].map((one) => one.swap));
  for (const partition of swap.partitions) {
    const generation = liveGeneration(pointer, partition);
    before.set(partition, { generation, swap: number, isBack: swap.isBack === true });
    live.set(partition, to);
  }
  const flipped: Pointer = {
    ...withDone(pointer, operation, { kind: 'swapped', to, from }),
    live,
    before,
    swap: null,
  };
  const generations = new Map(
    [...pointer.generations].map(([number, generation]): [number, Generation] => {
      const isLive = livePartitions(flipped, number, partitions).length > 0;
      return [number, { ...generation, state: stateAfter(generation, isLive) }];
    }),
  );
  return { ...flipped, generations };
}

function stateAfter({ state }: Generation, isLive: boolean): Generation['state'] {
  if (isLive) return 'live';
  return state === 'live' ? 'retired' : state;
}

/** Has the read models of a generation removed that is live nowhere; a build ends with it, too. */
export function dropGeneration(
  ports: PointerPorts,
  projection: Projection,
  { operation, generation: number }: { operation: string; generation: number },
): Promise<PointerResult | PointerRefusal> {
  return changePointer<PointerResult | PointerRefusal>(ports, projection, (pointer) => {
    const done = pointer.done.get(operation);
    if (done !== undefined) return { answer: done };
    const generation = pointer.generations.get(number);
    if (generation === undefined) return { answer: refused('unknown_generation') };
    if (generation.state === 'dropping') return { answer: refused('generation_dropped') };
    if (pointer.swap?.to === number) return { answer: inProgress(pointer.swap) };
    if (livePartitions(pointer, number, projection.partitions).length > 0) {
      return { answer: refused('generation_live') };
    }
    const answer: PointerResult = { kind: 'dropped', generation: number };
    const dropping: Generation = { ...generation, state: 'dropping', operation };
    return { to: withGeneration(withDone(pointer, operation, answer), number, dropping), answer };
  });
}

/** Notes how many streams a dropped generation has on a partition, before nothing there tells it. */
export function noteDropped(
  ports: PointerPorts,
  projection: Projection,
  {
    generation: number,
    partition,
    streams,
  }: { [name in 'generation' | 'partition' | 'streams']: number },
): Promise<null> {
  return changePointer(ports, projection, (pointer) => {
    const { state, operation = null } = pointer.generations.get(number) ?? {};
    const done = operation === null ? undefined : pointer.done.get(operation);
    if (state !== 'dropping' || operation === null || done?.kind !== 'dropped') {
      return { answer: null };
    }
    const noted = { ...done, streams: { ...done.streams, [partition]: streams } };
    return { to: withDone(pointer, operation, noted), answer: null };
  });
}
