import { noWrites } from '../ports/view-store.js';
import type { Writes } from '../ports/view-store.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { decodeCheckpoint, encodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import { REFOLD, REFOLD_PROGRESS } from '../slot/names.js';
import { decodeTask, encodeTask, finished, notBegun } from './refold-task.js';
import { cleaningTask } from './skip-tasks.js';

type Ports = Pick<ProjectorPorts, 'store' | 'commitId'>;

/** What is written of a task in a slot; null: nothing. */
type Change = (task: string | null, checkpoint: Checkpoint) => Writes | null;

/**
 * One commit to a slot that cannot be loaded. Its checkpoint stays what it is, but for the commit's ID: so whatever
 * anybody else knows of the slot is void. False: somebody else wrote.
 * @throws CheckpointUnreadable, and what the store throws
 */
function changed(owned: OwnedSlot, { store, commitId }: Ports, change: Change): Promise<boolean> {
  return owned.queued(async () => {
    owned.checkOwned();
    const { checkpoint: text, results } = await store.read(owned.slot, [
      { kind: 'get', name: REFOLD },
    ]);
    if (text === null) return true;
    const checkpoint = decodeCheckpoint(text);
    const writes = checkpoint.role === 'dropped' ? null : change(results[0], checkpoint);
    if (writes === null) return true;
    owned.forget();
    const next = encodeCheckpoint({ ...checkpoint, commitId: commitId() });
    const { outcome } = await store.commit(owned.slot, text, next, writes, []);
    return outcome === 'committed';
  });
}

/** Lets whoever reads the slot know why an operation is not carried out. @throws as {@link changed} */
export const tellStopped = (
  owned: OwnedSlot,
  ports: Ports,
  operation: string,
  why: string,
): Promise<boolean> =>
  changed(owned, ports, () => {
    const writes = noWrites();
    const progress = notBegun(operation, `the partition stands still: ${why}`);
    writes.set.push([REFOLD_PROGRESS, JSON.stringify(progress)]);
    return writes;
  });

/**
 * Takes the task of an operation out of the slot, if it stands there. What it left behind is removed by whoever folds the
 * slot on. True: nothing more is done for the operation.
 * @throws as {@link changed}, and TaskUnreadable
 */
export const takeOut = (owned: OwnedSlot, ports: Ports, operation: string): Promise<boolean> =>
  changed(owned, ports, (task, { next }) => {
    if (task === null || decodeTask(task).operation !== operation) return null;
    const writes = noWrites();
    writes.set.push([REFOLD, encodeTask(cleaningTask(next))]);
    writes.set.push([REFOLD_PROGRESS, JSON.stringify(finished(operation))]);
    return writes;
  });
