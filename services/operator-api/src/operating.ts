import type { OperationApproval, ProjectionName } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import type { Ingest } from '@refold/ingest-api';
import type { EventLog, Projection, Timing, ViewStore } from '@refold/pipeline';
import type { Reads } from '@refold/read-api';

/** What the routes for operators work with. */
export interface OperatingPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  /** The versions of rules and views that this build has. */
  rulebook: Rulebook;
  projections: Readonly<Record<ProjectionName, Projection>>;
  /** Writes what operators ask for, and waits for the verdicts. */
  ingest: Ingest;
  reads: Reads;
  /** Whether a second principal has to agree to every plan. */
  approval: OperationApproval;
}

/** Operations as the routes see them. */
export interface Operating extends OperatingPorts {
  /** Time of day, milliseconds. */
  nowMs(): number;
  /**
   * Runs one planning of a lane after the other, at most {@link PLANS_MAX} of them waiting. Null: there are too many.
   * Rejects with the reason of a signal that is aborted before its turn has come.
   */
  inTurn<T>(lane: Lane, work: () => Promise<T>, signal?: AbortSignal): Promise<T> | null;
}

/**
 * What does not wait for each other: what may read a whole topic, what compares generations for somebody to look at, and
 * what has to be known before one is made live, which may be urgent.
 */
export type Lane = 'log' | 'diff' | 'swap';

/** Plans of a lane that may be in the making or wait for it: one may read a whole topic, and hold some 200 MiB. */
export const PLANS_MAX = 8;

/** Operations over the ports. */
export function createOperating(ports: OperatingPorts): Operating {
  const lanes = new Map<Lane, { waiting: number; last: Promise<unknown> }>();
  return {
    ...ports,
    nowMs: () => Date.now(),
    inTurn(name, work, signal) {
      const lane = lanes.get(name) ?? { waiting: 0, last: Promise.resolve() };
      lanes.set(name, lane);
      if (lane.waiting >= PLANS_MAX) return null;
      lane.waiting += 1;
      const begin = () => {
        signal?.throwIfAborted();
        return work();
      };
      const turn = lane.last.then(begin).finally(() => (lane.waiting -= 1));
      lane.last = turn.catch(() => undefined);
      return turn;
    },
  };
}
