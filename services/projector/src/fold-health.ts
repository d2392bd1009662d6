import {
  PartitionStopped,
  type EventLog,
  type PartitionStatus,
  type Projector,
  type ViewStore,
} from '@refold/pipeline';

/** A partition that has made no progress for this long although both backends answer, milliseconds. */
export const STALL_MS_MAX = 30_000;

/** How long a new member may be without partitions before that counts as standing by, milliseconds. */
export const ASSIGNMENT_MS_MAX = 20_000;

/** What health is judged from. */
export interface FoldHealthPorts {
  projector: Pick<Projector, 'projection' | 'status'>;
  log: Pick<EventLog, 'ping'>;
  store: Pick<ViewStore, 'ping'>;
  nowMs: () => number;
  /** True: this process is alone, and must own every partition. */
  alone: boolean;
}

/** The health of one projection in this process. Null is well, else the reason in words. */
export interface FoldHealth {
  readiness: () => string | null;
  liveness: () => Promise<string | null>;
}

const named = (status: readonly PartitionStatus[]): string =>
  status.map(({ partition }) => partition).join(', ');

function stoppedReason(status: readonly PartitionStatus[]): string | null {
  const stopped = status.filter(({ stopped: why }) => why !== null);
  const [first] = stopped;
  if (first === undefined) return null;
  const { stopped: why } = first;
  // The code is what the runbook is looked up by.
  const code = why instanceof PartitionStopped ? `${why.code}: ` : '';
  return `partition ${named(stopped)} stopped: ${code}${why?.message ?? ''}`;
}

/** Whether another process of the same build could go on where this one stopped. */
const restartHelps = ({ stopped }: PartitionStatus): boolean =>
  stopped !== null && (!(stopped instanceof PartitionStopped) || stopped.code === 'store_refused');

/**
 * Readiness: every partition of ours makes progress. Liveness: none stands still for what a restart
 * heals; one that waits for another build, or for somebody to act, does not end the process over and
 * over and take the other partitions with it.
 */
export function createFoldHealth(ports: FoldHealthPorts): FoldHealth {
  const { projector, log, store, nowMs, alone } = ports;
  const beganMs = nowMs();
  /** When a partition was first seen in its present state of no progress at all. */
  const seenMs = new Map<number, number>();

  function statusNow(): PartitionStatus[] {
    const status = projector.status();
    const owned = new Set(status.map(({ partition }) => partition));
    for (const partition of seenMs.keys()) if (!owned.has(partition)) seenMs.delete(partition);
    return status;
  }

  function stalledFor({ partition, progressAt }: PartitionStatus): number {
    if (progressAt !== null) {
      seenMs.delete(partition);
      return nowMs() - progressAt;
    }
    const seen = seenMs.get(partition) ?? nowMs();
    seenMs.set(partition, seen);
    return nowMs() - seen;
  }

  return {
    readiness() {
      const status = statusNow();
      const stopped = stoppedReason(status);
      if (stopped !== null) return stopped;
      const { partitions } = projector.projection;
      if (alone && status.length < partitions) {
        return `owns ${status.length} of ${partitions} partitions`;
      }
      if (status.length === 0 && nowMs() - beganMs < ASSIGNMENT_MS_MAX) {
        return 'waits for its partitions';
      }
      const waiting = status.filter(({ next }) => next === null);
      if (waiting.length > 0) return `partition ${named(waiting)} does not know its position yet`;
      const stalled = status.filter((one) => stalledFor(one) > STALL_MS_MAX);
      return stalled.length === 0 ? null : `partition ${named(stalled)} makes no progress`;
    },
    async liveness() {
      const status = statusNow();
      const stopped = stoppedReason(status.filter(restartHelps));
      if (stopped !== null) return stopped;
      const running = status.filter(({ stopped: why }) => why === null);
      const stalled = running.filter((one) => stalledFor(one) > STALL_MS_MAX);
      if (stalled.length === 0) return null;
      const away = (await Promise.all([log.ping(), store.ping()])).some((why) => why !== null);
      return away ? null : `partition ${named(stalled)} makes no progress`;
    },
  };
}
