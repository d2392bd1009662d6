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
 * nothing; so it revives a stopped or failed worker. A request needs a running worker: one that is
 * coming or going has nobody to answer it. A heartbeat and what a worker reports of itself need one
 * that is neither stopped nor failed. Types that nobody knows are kept in every status.
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

/** What a living worker says, by the name of its transition. */
const SIGNS_OF_LIFE: ReadonlyMap<string, string> = new Map([
  ['worker.heartbeat', 'heartbeat'],
  ['worker.response', 'response'],
  ['worker.error', 'error'],
  ['worker.event', 'event'],
]);

const isDown = (status: WorkerStatus): boolean => status === 'stopped' || status === 'failed';

const unchangedIf = (allowed: boolean, from: string, transition: string): TransitionOutcome =>
  allowed ? UNCHANGED : { allowed: false, detail: { from, transition } };

/** What the table says of an event that meets a worker in `status`. */
export function judgeWorkerTransition(status: string, type: string): TransitionOutcome {
  const from = status as WorkerStatus;
  if (type === 'worker.started') {
    return { allowed: true, status: from === 'stopping' ? from : 'running' };
  }
  if (type === 'worker.request.received') return unchangedIf(from === 'running', from, 'request');
  const sign = SIGNS_OF_LIFE.get(type);
  if (sign !== undefined) return unchangedIf(!isDown(from), from, sign);
  const to = TARGETS.get(type);
  if (to === undefined) return UNCHANGED;
  return mayBecome(from, to)
    ? { allowed: true, status: to }
    : { allowed: false, detail: { from, transition: to } };
}
