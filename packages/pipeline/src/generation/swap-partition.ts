import type { KnownChains } from '../diff/known-chains.js';
import { decidedOtherwise, lookBeforeSeal } from '../diff/sealed-verdicts.js';
import type { SealedSlots } from '../diff/sealed-verdicts.js';
import type { Offset } from '../ports/event-log.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import type { Projection } from '../projection.js';
import type { AsideFolding } from './aside-folding.js';
import { isSkipping } from '../refold/skip-tasks.js';
import { NEAR_MAX, flipSwap, isReadyToSeal, overOf } from './flip-swap.js';
import type { SwapHint } from './flip-swap.js';
import type { Pointer, Swap } from './pointer.js';

/** One partition of a swap, in the hands of its owner. */
export interface PartitionSwap {
  ports: ProjectorPorts;
  projection: Projection;
  pointer: Pointer;
  swap: Swap;
  live: OwnedSlot;
  next: AsideFolding;
  hint: SwapHint;
  chains: KnownChains;
  /** The pointer as it is now. */
  readPointer: () => Promise<Pointer>;
}

/**
 * Whether the swap is still under way. Asked for behind the text of a slot that is to be sealed, so that nothing is
 * sealed by a swap that was over when the slot was read.
 */
const isUnderWay = async ({ swap, readPointer }: PartitionSwap): Promise<boolean> =>
  (await readPointer()).swap?.operation === swap.operation;

/** What is compared of a swap. */
const slotsOf = ({ ports, projection, live, next, chains }: PartitionSwap): SealedSlots => ({
  ...{ store: ports.store, rulebook: ports.rulebook, kinds: projection.kinds },
  ...{ old: live.slot, new: next.owned.slot, chains },
});

/**
 * The owner's part of a swap, as far as it can be done now:
 *
 *   live ──seal at S──▶ sealed ─┐                       ┌─▶ aside   (retired)
 *                               ├─ pointer, one commit ─┤
 *   aside ──fold to S──▶ sealed ┘                       └─▶ live    (folds on from S)
 *
 * Nothing is folded into a sealed slot, so no claim has its verdict told by both or by none. Both stand still before the
 * second seal, and are compared there: what was done to either of them since the gate let the swap through, and what the
 * gate could not see, ends it. Where the swap is given up, both go back to what they were. Who finds a seal tells from
 * the pointer which of the two it is.
 * @returns Why the swap has to be given up; null: it need not.
 */
export async function advanceSwap(partition: PartitionSwap): Promise<string | null> {
  const { ports, projection, swap, live, next, hint } = partition;
  const { operation } = swap;
  if (live.known?.checkpoint.role === 'live') {
    const begun = await seal(partition);
    if (typeof begun === 'string') return begun;
    if (!begun) return null;
  }
  const { known } = live;
  if (known?.checkpoint.role !== 'sealed' || known.seal !== operation) return null;
  const end = known.checkpoint.next;
  while (await next.foldOnce(end));
  const sealed = await next.owned.queued(async (): Promise<string | boolean> => {
    next.owned.checkOwned();
    const cache = await next.owned.loaded();
    const { role, next: at } = cache.checkpoint;
    if (role === 'sealed') return cache.seal === operation;
    if (role !== 'aside' || at !== end) return false;
    // What is sealed is final: streams are folded again before.
    if (isSkipping(cache.refolds.task, cache.skips)) return false;
    if (cache.carried?.isOver === false) return false;
    const broken = await decidedOtherwise(slotsOf(partition));
    // As long as the swap is there, nobody has lifted the first seal: what was compared did stand still.
    if (!(await isUnderWay(partition))) return false;
    if (broken !== null) return `partition ${live.partition}: ${broken}`;
    await next.owned.assume(cache, 'sealed', operation);
    return true;
  });
  if (typeof sealed === 'string') return sealed;
  const { store, hasEnded } = ports;
  const flipPorts = { store, hasEnded, commitId: () => ports.commitId() };
  return sealed ? flipSwap(flipPorts, projection, operation, hint) : null;
}

/** Seals the live slot where it stands. False: it is too early. A text: why the swap has to be given up. */
async function seal(partition: PartitionSwap): Promise<boolean | string> {
  const { ports, projection, pointer, swap, live, next, hint } = partition;
  const isNear = (end: Offset): boolean =>
    end - (next.owned.known?.checkpoint.next ?? 0) <= NEAR_MAX;
  // The others need not be asked as long as this one is not near itself.
  if (!isNear(live.known?.checkpoint.next ?? 0)) return false;
  if (!(await isReadyToSeal({ store: ports.store, projection, pointer, swap, hint }))) return false;
  const over = await overOf(ports, swap);
  if (over !== null) return over;
  const broken = await lookBeforeSeal(slotsOf(partition));
  if (broken !== null) return `partition ${live.partition}: ${broken}`;
  return live.queued(async () => {
    live.checkOwned();
    const cache = await live.loaded();
    // A refold goes on in the slot where it began, and so does a claim's skip.
    const { task } = cache.refolds;
    if (cache.checkpoint.role !== 'live' || task !== null) return false;
    // It was folded on while timelines were read.
    if (!isNear(cache.checkpoint.next)) return false;
    if (isSkipping(task, cache.skips) || !(await isUnderWay(partition))) return false;
    await live.assume(cache, 'sealed', swap.operation);
    return true;
  });
}
