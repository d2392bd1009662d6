import { WORKER_STATUSES, type WorkerStatus } from '@refold/contracts';
import type { TransitionOutcome } from '../decider.js';

/**
 * How a worker lives. Every status may repeat itself; what is not drawn is refused.
 *
 *     ┌──────────┐ running ┌─────────┐
 *     │ starting │────────▶│ running │
 *     └──────────┘         └─────────┘
 *          │ stopping           │ stopping
 *          └─────────┬──────────┘
 *                    ▼
 *              ┌──────────┐
 *              │ stopping │
 *              └──────────┘
 *
 *     running, stopping            ── stopped ──▶ stopped
 *     starting, running, stopping  ── failed ───▶ failed
 *     stopped, failed              ── starting ─▶ starting
 *     stopped, failed              ── running ──▶ running
 *
 * `worker.started` (register) ends in running from everywhere but stopping, where it changes
 * nothing; so it revives a stopped or failed worker. A heartbeat needs a worker that is neither.
 */
const TABLE: Record<WorkerStatus, readonly WorkerStatus[]> = {
  starting: ['starting', 'running', 'stopping', 'failed'],
  running: ['running', 'stopping', 'stopped', 'failed'],
  stopping: ['stopping', 'stopped', 'failed'],
  stopped: ['stopped', 'starting', 'running'],
  failed: ['failed', 'starting', 'running'],
};

/** Whether a worker may go from one status to another. */
export const mayBecome = (from: WorkerStatus, to: WorkerStatus): boolean =>
  TABLE[from].includes(to);

const TARGETS: ReadonlyMap<string, WorkerStatus> = new Map(
  WORKER_STATUSES.map((status) => [`worker.${status}`, status]),
);

const UNCHANGED: TransitionOutcome = Object.freeze({ allowed: true, status: null });

const isDown = (status: WorkerStatus): boolean => status === 'stopped' || status === 'failed';

/** What the table says of an event that meets a worker in `status`. */
export function judgeWorkerTransition(status: string, type: string): TransitionOutcome {
  const from = status as WorkerStatus;
  if (type === 'worker.started') {
    return { allowed: true, status: from === 'stopping' ? from : 'running' };
  }
  if (type === 'worker.heartbeat') {
    return isDown(from) ? { allowed: false, detail: { from, transition: 'heartbeat' } } : UNCHANGED;
  }
  const to = TARGETS.get(type);
  if (to === undefined) return UNCHANGED;
  return mayBecome(from, to)
    ? { allowed: true, status: to }
    : { allowed: false, detail: { from, transition: to } };
}
