import { RUN_STATUSES, type JsonValue, type RunStatus } from '@refold/contracts';
import type { TransitionOutcome } from '../decider.js';
import { membersOf } from '../members.js';

/** What an event may ask of a run. */
export const RUN_TRANSITIONS = [
  'start',
  'request_cancel',
  'finish_succeeded',
  'finish_failed',
  'finish_canceled',
  'archive',
] as const;
export type RunTransition = (typeof RUN_TRANSITIONS)[number];

/**
 * How a run lives. What is not drawn is refused; ↺ marks an event that is kept and changes nothing.
 *
 *     ┌─────────┐  start  ┌─────────┐
 *     │ created │────────▶│ running │ ↺ start
 *     └─────────┘         └─────────┘
 *          │ request_cancel    │ request_cancel
 *          └─────────┬─────────┘
 *                    ▼
 *              ┌───────────┐
 *              │ canceling │ ↺ request_cancel
 *              └───────────┘
 *
 *     created, running             ── finish_succeeded ──▶ succeeded  ↺ finish_succeeded
 *     created, running, canceling  ── finish_failed ─────▶ failed     ↺ finish_failed
 *     created, running, canceling  ── finish_canceled ───▶ canceled   ↺ finish_canceled
 *     succeeded, failed, canceled  ── archive ───────────▶ archived
 *
 * An archived run is closed: its claims are refused before this table is asked.
 */
const TABLE: Record<RunStatus, Partial<Record<RunTransition, RunStatus>>> = {
  created: {
    start: 'running',
    request_cancel: 'canceling',
    finish_succeeded: 'succeeded',
    finish_failed: 'failed',
    finish_canceled: 'canceled',
  },
  running: {
    start: 'running',
    request_cancel: 'canceling',
    finish_succeeded: 'succeeded',
    finish_failed: 'failed',
    finish_canceled: 'canceled',
  },
  canceling: {
    request_cancel: 'canceling',
    finish_failed: 'failed',
    finish_canceled: 'canceled',
  },
  canceled: { finish_canceled: 'canceled', archive: 'archived' },
  succeeded: { finish_succeeded: 'succeeded', archive: 'archived' },
  failed: { finish_failed: 'failed', archive: 'archived' },
  archived: {},
};

/** The status that follows, or null: not from here. */
export const nextRunStatus = (from: RunStatus, transition: RunTransition): RunStatus | null =>
  TABLE[from][transition] ?? null;

/** Statuses from which a run may be archived. */
export const ARCHIVABLE_STATUSES: readonly RunStatus[] = RUN_STATUSES.filter(
  (status) => nextRunStatus(status, 'archive') !== null,
);

const FINISHES: ReadonlyMap<string, RunTransition> = new Map([
  ['succeeded', 'finish_succeeded'],
  ['failed', 'finish_failed'],
  ['canceled', 'finish_canceled'],
  ['cancelled', 'finish_canceled'],
]);

const finishOf = (data: JsonValue): RunTransition | null => {
  const { status } = membersOf(data);
  return typeof status === 'string' ? (FINISHES.get(status) ?? null) : null;
};

/** The transition an event asks for; null: none, it is accepted in every status. Its data is valid. */
export function runTransitionOf(type: string, data: JsonValue): RunTransition | null {
  switch (type) {
    case 'run.started':
      return 'start';
    case 'run.cancel_requested':
      return 'request_cancel';
    case 'run.finished':
      return finishOf(data);
    case 'run.archived':
      return 'archive';
    default:
      return null;
  }
}

const UNCHANGED: TransitionOutcome = Object.freeze({ allowed: true, status: null });

/** What the table says of an event that meets a run in `status`. */
export function judgeRunTransition(
  status: string,
  type: string,
  data: JsonValue,
): TransitionOutcome {
  const transition = runTransitionOf(type, data);
  if (transition === null) return UNCHANGED;
  const next = nextRunStatus(status as RunStatus, transition);
  return next === null
    ? { allowed: false, detail: { from: status, transition } }
    : { allowed: true, status: next };
}
