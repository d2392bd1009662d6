import { StoreUnavailable } from '../ports/view-store.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Role } from '../slot/checkpoint.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { liveGeneration } from './pointer.js';
import type { Pointer } from './pointer.js';

/** What a slot of a generation that the pointer has is to be: a seal stands as long as its swap is under way. */
function roleOf(
  { swap, ...pointer }: Pointer,
  { projection: { generation }, partition }: Pick<OwnedSlot, 'projection' | 'partition'>,
  { checkpoint: { role }, seal }: Pick<SlotCache, 'checkpoint' | 'seal'>,
): Role {
  const isLive = liveGeneration(pointer, partition) === generation;
  const isSwapped = swap?.partitions.includes(partition) === true;
  const isOfSwap = isSwapped && seal === swap.operation && (isLive || swap.to === generation);
  if (role === 'sealed' && isOfSwap) return 'sealed';
  return isLive ? 'live' : 'aside';
}

/** Whether a slot is live as it is stored. False too where the store does not answer. */
export async function isLiveNow(store: Pick<ViewStore, 'read'>, slot: Slot): Promise<boolean> {
  try {
    const { checkpoint } = await store.read(slot, []);
    return checkpoint !== null && decodeCheckpoint(checkpoint).role === 'live';
  } catch (error) {
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
}

/**
 * Makes a slot what the pointer says it is. What an owner has read of the pointer may be from before a swap by which
 * the slot was sealed since: so what is written follows from a pointer that was read behind the text on which it is
 * committed. Whatever makes a generation live, or retires it, changes that text first. To be called from within the queue.
 * @param known The pointer as it was read last: as long as the slot is what it says, nothing is asked for.
 */
export async function settleRole(
  owned: OwnedSlot,
  known: Pointer,
  readPointer: () => Promise<Pointer>,
): Promise<Role> {
  const cache = await owned.loaded();
  const { role } = cache.checkpoint;
  if (roleOf(known, owned, cache) === role) return role;
  const settled = roleOf(await readPointer(), owned, cache);
  if (settled === role) return role;
  await owned.assume(cache, settled, null);
  // Whatever went on in the slot while it was live has to find that it is over.
  if (settled === 'aside') owned.forget();
  return settled;
}
