import { noWrites } from '../ports/view-store.js';
import type { Writes } from '../ports/view-store.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { decodeCheckpoint, encodeCheckpoint } from '../slot/checkpoint.js';
import { REFOLD, REFOLDS_DONE, REFOLD_PROGRESS } from '../slot/names.js';
import { decodeTask, encodeTask, finished, notBegun } from './refold-task.js';
import type { RefoldResult } from './refold-task.js';
import { cleaningTask } from './skip-tasks.js';
import { Tally } from './tally.js';

type Ports = Pick<ProjectorPorts, 'store' | 'commitId'>;

/** An operation that a slot which cannot be loaded is asked for. */
interface StoppedOperation {
  operation: string;
  /** Why the slot cannot be loaded. */
  why: string;
  isCanceled: boolean;
  /** It leaves a claim out; one whose task stands in the slot is known by that, too. */
  isSkip: boolean;
  /** The slot says why already. */
  isTold: boolean;
}

/** What is said of one that is not carried out. */
function reasonWritten({ operation, why }: StoppedOperation, isSkip: boolean): Writes {
  const wait = isSkip ? ', and a cancel waits until it is folded on' : '';
  const progress = notBegun(operation, `the partition stands still${wait}: ${why}`);
  return { ...noWrites(), set: [[REFOLD_PROGRESS, JSON.stringify(progress)]] };
}

/** A task is taken out; what it left behind is removed by whoever folds the slot on. */
const taskTakenOut = (operation: string, next: number): Writes => ({
  ...noWrites(),
  set: [
    [REFOLD, encodeTask(cleaningTask(next))],
    [REFOLD_PROGRESS, JSON.stringify(finished(operation))],
  ],
});

/**
 * Ends an operation that was canceled, in a slot that cannot be loaded; of any other the slot says why it is not carried
 * out. A result that the slot keeps is the result. A skip is never ended: its record may stand on the log, behind the
 * checkpoint, and only who can fold that knows. In one commit; the checkpoint stays what it is, but for the commit's ID:
 * so whatever anybody else knows of the slot is void.
 * @returns The result, which is to be told; `moved`: somebody else wrote.
 * @throws CheckpointUnreadable, TaskUnreadable, and what the store throws
 */
export function tellStopped(
  owned: OwnedSlot,
  { store, commitId }: Ports,
  stopped: StoppedOperation,
): Promise<RefoldResult | 'told' | 'moved'> {
  const { operation, isCanceled, isTold } = stopped;
  return owned.queued(async () => {
    owned.checkOwned();
    const { checkpoint: text, results } = await store.read(owned.slot, [
      { kind: 'get', name: REFOLD },
      { kind: 'field', name: REFOLDS_DONE, field: operation },
    ]);
    const checkpoint = text === null ? null : decodeCheckpoint(text);
    const [task, kept] = results;
    if (kept !== null) return JSON.parse(kept) as RefoldResult;
    const known = isCanceled && task !== null ? decodeTask(task) : null;
    const mine = known?.operation === operation ? known : null;
    const isSkip = stopped.isSkip || mine?.skip !== undefined;
    const isEnded = isCanceled && !isSkip;
    if (checkpoint !== null && checkpoint.role !== 'dropped' && (isEnded ? mine : !isTold)) {
      const writes = isEnded
        ? taskTakenOut(operation, checkpoint.next)
        : reasonWritten(stopped, isSkip);
      owned.forget();
      const next = encodeCheckpoint({ ...checkpoint, commitId: commitId() });
      const { outcome } = await store.commit(owned.slot, text, next, writes, []);
      if (outcome !== 'committed') return 'moved';
    }
    if (!isEnded) return 'told';
    return new Tally({ ...cleaningTask(0), operation }).result(owned.partition, 'canceled');
  });
}
