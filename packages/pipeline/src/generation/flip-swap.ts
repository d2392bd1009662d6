import type { Offset } from '../ports/event-log.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { HasEnded } from '../project/projector-ports.js';
import type { Projection } from '../projection.js';
import { isSkipping } from '../refold/skip-tasks.js';
import { decodeCarriedOver } from '../slot/carried-over.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Role } from '../slot/checkpoint.js';
import { CARRIED, REFOLD, SEAL, SKIPS } from '../slot/names.js';
import { SkipLog } from '../slot/skip-log.js';
import { swapped } from './change-pointer.js';
import type { PointerPorts } from './change-pointer.js';
import { generationOf, liveGeneration, pointerSlot } from './pointer.js';
import type { Pointer, Swap } from './pointer.js';
import { encodeFence, pointerWrites, readPointer } from './stored-pointer.js';

/** Offsets that the next generation may be behind when a partition is sealed: folded within the seal. */
export const NEAR_MAX = 1_000;

/** What a swap has to know of a slot, all of one moment. */
interface SwapSide {
  next: Offset;
  role: Role;
  seal: string | null;
  isRefolding: boolean;
  /** Claims are skipped of streams that were not folded again yet. */
  isSkipping: boolean;
  /** Streams are still to be carried over into it. */
  isCarrying: boolean;
}

async function readSide(store: Pick<ViewStore, 'read'>, slot: Slot): Promise<SwapSide | null> {
  const { checkpoint, results } = await store.read(slot, [
    { kind: 'get', name: SEAL },
    { kind: 'get', name: REFOLD },
    { kind: 'fields', name: SKIPS },
    { kind: 'get', name: CARRIED },
  ]);
  const [seal, task, skips, carried] = results;
  if (checkpoint === null) return null;
  const { next, role } = decodeCheckpoint(checkpoint);
  const isRefolding = task !== null;
  const isCarrying = decodeCarriedOver(carried)?.isOver === false;
  const isOpen = isSkipping(task, SkipLog.load(skips));
  return { next, role, seal, isRefolding, isSkipping: isOpen, isCarrying };
}

/** Which partition kept a swap back when it was looked at last: that is asked first, and mostly alone. */
export interface SwapHint {
  partition: number | null;
}

/** A swap as the pointer had it, and where it is looked at. */
export interface SwapLook {
  store: Pick<ViewStore, 'read'>;
  projection: Projection;
  pointer: Pointer;
  swap: Swap;
  hint: SwapHint;
}

/** Whether both slots of every partition of a swap are so, asked one after the other until one is not. */
async function everyPartition(
  { store, projection, pointer, swap, hint }: SwapLook,
  isSo: (from: SwapSide, to: SwapSide) => boolean,
): Promise<boolean> {
  const { partitions, to: next } = swap;
  const kept = partitions.filter((partition) => partition === hint.partition);
  for (const partition of [...kept, ...partitions]) {
    const side = (generation: number) =>
      readSide(store, slotOf(generationOf(projection, generation), partition));
    const [from, to] = await Promise.all([side(liveGeneration(pointer, partition)), side(next)]);
    if (from !== null && to !== null && isSo(from, to)) continue;
    hint.partition = partition;
    return false;
  }
  return true;
}

/** Whether every partition can be sealed now, so that none is sealed for longer than it takes to fold a little. */
export async function isReadyToSeal(look: SwapLook): Promise<boolean> {
  return everyPartition(look, (from, to) => {
    const missing = from.next - to.next;
    const isNear = missing >= 0 && missing <= NEAR_MAX;
    const isStill = !from.isRefolding && !from.isSkipping && !to.isSkipping && !to.isCarrying;
    return isNear && isStill;
  });
}

/** What the pointer of a swap is changed with. */
export type FlipPorts = PointerPorts & { hasEnded?: HasEnded | undefined };

/** Why a swap is given up that the log knows the end of; null: it may go on. The pointer has gone back behind it. */
export async function overOf(
  { hasEnded }: Pick<FlipPorts, 'hasEnded'>,
  { operation, partitions }: Swap,
): Promise<string | null> {
  const isOver = (await hasEnded?.(operation, partitions)) ?? false;
  return isOver
    ? `the operation ${operation} is over by the log: repeat what is still wanted`
    : null;
}

/**
 * Makes the next generation live, in one commit for all partitions, if both slots of each are sealed by this
 * swap at one offset. They were read behind the pointer, and nothing unseals them while the pointer
 * has the swap: so they stand there when its fence is compared. The log is asked behind the pointer, too.
 * @returns Why the swap has to be given up; null: it need not.
 */
export async function flipSwap(
  { store, commitId, ...ports }: FlipPorts,
  projection: Projection,
  operation: string,
  hint: SwapHint = { partition: null },
): Promise<string | null> {
  const pointer = await readPointer(store, projection);
  const { swap } = pointer;
  if (swap?.operation !== operation) return null;
  const isSealed = ({ role, seal }: SwapSide): boolean => role === 'sealed' && seal === operation;
  const isReady = await everyPartition(
    { store, projection, pointer, swap, hint },
    (from, to) => isSealed(from) && isSealed(to) && from.next === to.next,
  );
  if (!isReady) return null;
  const over = await overOf(ports, swap);
  if (over !== null) return over;
  const writes = pointerWrites(pointer, swapped(pointer, swap, projection.partitions));
  const next = encodeFence(commitId());
  await store.commit(pointerSlot(projection), pointer.text, next, writes, []);
  return null;
}
