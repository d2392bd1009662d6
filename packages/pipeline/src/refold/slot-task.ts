import { noWrites } from '../ports/view-store.js';
import type { Writes } from '../ports/view-store.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import { REFOLD, REFOLD_PROGRESS } from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { keepResult } from './kept-results.js';
import { encodeTask, finished } from './refold-task.js';
import type { RefoldProgress, RefoldResult, RefoldTask } from './refold-task.js';
import { isSkipTask } from './skip-tasks.js';

/** A commit that fails leaves a slot that is read again. */
async function commit(owned: OwnedSlot, live: SlotCache, writes: Writes): Promise<void> {
  try {
    await owned.commit(live, { writes });
  } catch (error) {
    owned.forget();
    throw error;
  }
}

/** Puts a task into a slot that has none. Within the owner's queue, like all of these. */
export async function putTask(owned: OwnedSlot, live: SlotCache, task: RefoldTask): Promise<void> {
  const text = encodeTask(task);
  await commit(owned, live, { ...noWrites(), set: [[REFOLD, text]] });
  live.refolds = { ...live.refolds, task: text };
}

/** Says in a slot without task how far an operation is, or why it is not carried out. */
export async function tellProgress(
  owned: OwnedSlot,
  live: SlotCache,
  progress: RefoldProgress,
): Promise<void> {
  const writes = noWrites();
  writes.set.push([REFOLD_PROGRESS, JSON.stringify(progress)]);
  await commit(owned, live, writes);
}

/**
 * The task leaves the slot and its result enters it, in one commit. True: the result is kept there.
 * @param result Null: it was told before the slot went back.
 */
export async function finishTask(
  owned: OwnedSlot,
  live: SlotCache,
  task: RefoldTask,
  result: RefoldResult | null,
): Promise<boolean> {
  const writes = noWrites();
  writes.remove.push(REFOLD);
  if (isSkipTask(task)) writes.remove.push(REFOLD_PROGRESS);
  else writes.set.push([REFOLD_PROGRESS, JSON.stringify(finished(task.operation))]);
  const isKept = result !== null && !isSkipTask(task);
  const done = isKept ? keepResult(writes, live, result) : live.refolds.done;
  await commit(owned, live, writes);
  live.refolds = { ...live.refolds, task: null, done };
  return isKept;
}
