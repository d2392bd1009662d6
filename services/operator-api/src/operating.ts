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
  /** Runs one planning after the other, at most {@link PLANS_MAX} of them waiting. Null: there are too many. */
  inTurn<T>(work: () => Promise<T>): Promise<T> | null;
}

/** Plans that may be in the making or wait for it: one may read a whole topic, and hold some 200 MiB. */
export const PLANS_MAX = 8;

/** Operations over the ports. */
export function createOperating(ports: OperatingPorts): Operating {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...ports,
    nowMs: () => Date.now(),
    inTurn(work) {
      if (waiting >= PLANS_MAX) return null;
      waiting += 1;
      const turn = last.then(work, work).finally(() => (waiting -= 1));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
