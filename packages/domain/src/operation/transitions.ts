import type { OperationStatus } from '@refold/contracts';
import type { Claim } from '../claim.js';
import type { TransitionOutcome } from '../decider.js';
import { membersOf } from '../members.js';
import { ownerText } from '../ownership.js';
import type { Owner } from '../state.js';

/** What an event may ask of an operation that exists. */
export const OPERATION_TRANSITIONS = [
  'approve',
  'start',
  'finish_partition',
  'request_cancel',
  'finish_done',
  'finish_failed',
  'finish_canceled',
] as const;
export type OperationTransition = (typeof OPERATION_TRANSITIONS)[number];

/**
 * How an operation lives. What is not drawn is refused; ↺ marks an event that leaves the status.
 *
 *     ┌───────────────────┐ approve ┌──────────┐
 *     │ awaiting_approval │────────▶│ approved │
 *     └───────────────────┘         └──────────┘
 *                                        │ start
 *     ┌─────────┐  start                 ▼
 *     │ planned │─────────────────▶┌─────────┐ request_cancel ┌───────────┐
 *     └─────────┘                  │ running │───────────────▶│ canceling │ ↺ request_cancel
 *                                  └─────────┘                └───────────┘
 *
 *     awaiting_approval, planned, approved  ── request_cancel ──▶ canceled
 *     running, canceling                    ↺ finish_partition
 *     running, canceling                    ── finish_done ─────▶ done
 *     running, canceling                    ── finish_failed ───▶ failed
 *     canceling                             ── finish_canceled ─▶ canceled
 *
 * Whether a plan needs approval is a status of its own, because a status is all that a rule knows of what
 * came before. Nothing follows an end: by then every partition has said what came out.
 */
const TABLE: Record<OperationStatus, Partial<Record<OperationTransition, OperationStatus>>> = {
  awaiting_approval: { approve: 'approved', request_cancel: 'canceled' },
  planned: { start: 'running', request_cancel: 'canceled' },
  approved: { start: 'running', request_cancel: 'canceled' },
  running: {
    finish_partition: 'running',
    request_cancel: 'canceling',
    finish_done: 'done',
    finish_failed: 'failed',
  },
  canceling: {
    finish_partition: 'canceling',
    request_cancel: 'canceling',
    finish_done: 'done',
    finish_failed: 'failed',
    finish_canceled: 'canceled',
  },
  done: {},
  failed: {},
  canceled: {},
};

/** The status that follows, or null: not from here. */
export const nextOperationStatus = (
  from: OperationStatus,
  transition: OperationTransition,
): OperationStatus | null => TABLE[from][transition] ?? null;

const PLAIN: ReadonlyMap<string, OperationTransition> = new Map([
  ['operation.approved', 'approve'],
  ['operation.started', 'start'],
  ['operation.partition_finished', 'finish_partition'],
  ['operation.cancel_requested', 'request_cancel'],
]);

const FINISHES: ReadonlyMap<unknown, OperationTransition> = new Map([
  ['done', 'finish_done'],
  ['failed', 'finish_failed'],
  ['canceled', 'finish_canceled'],
]);

/** The transition a claim asks for; null: none, it is accepted in every status. Its data is valid. */
export const operationTransitionOf = ({
  type,
  data,
}: Pick<Claim, 'type' | 'data'>): OperationTransition | null =>
  type === 'operation.finished'
    ? (FINISHES.get(membersOf(data)['outcome']) ?? null)
    : (PLAIN.get(type) ?? null);

const UNCHANGED: TransitionOutcome = Object.freeze({ allowed: true, status: null });

const refuse = (from: string, transition: string): TransitionOutcome => ({
  allowed: false,
  detail: { from, transition },
});

/**
 * Why this claim cannot be the agreement of a second principal, or null. A claim without principal names
 * nobody, so it proves no second one. A plan without principal is a process's, so anybody who is named is another.
 */
function approvalFaultOf(planner: Owner, principal: string | null): string | null {
  if (principal === null) return 'approve_without_principal';
  return principal === ownerText(planner) ? 'approve_own_plan' : null;
}

/**
 * What the table says of a claim that meets an operation in `status`.
 * @param planner Who planned it; null: this claim does.
 */
export function judgeOperationTransition(
  status: string,
  claim: Pick<Claim, 'type' | 'data' | 'principal'>,
  planner: Owner | null,
): TransitionOutcome {
  if (planner === null) {
    const isRequired = membersOf(claim.data)['approval'] === 'required';
    return { allowed: true, status: isRequired ? 'awaiting_approval' : 'planned' };
  }
  const transition = operationTransitionOf(claim);
  if (transition === null) return UNCHANGED;
  const next = nextOperationStatus(status as OperationStatus, transition);
  if (next === null) return refuse(status, transition);
  const fault = transition === 'approve' ? approvalFaultOf(planner, claim.principal) : null;
  return fault === null ? { allowed: true, status: next } : refuse(status, fault);
}
