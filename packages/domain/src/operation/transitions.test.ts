import { OPERATION_STATUSES, type JsonValue, type OperationStatus } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { acceptAll, claimOf, judge } from '../claims.fixture.js';
import type { Claim } from '../claim.js';
import {
  judgeOperationTransition,
  nextOperationStatus,
  OPERATION_TRANSITIONS,
} from './transitions.js';

/** Columns: approve, start, finish_partition, request_cancel, finish_done, finish_failed, finish_canceled. */
const GOLDEN: Record<OperationStatus, string> = {
  awaiting_approval: 'approved - - canceled - - -',
  planned: '- running - canceled - - -',
  approved: '- running - canceled - - -',
  running: '- - running canceling done failed -',
  canceling: '- - canceling canceling done failed canceled',
  done: '- - - - - - -',
  failed: '- - - - - - -',
  canceled: '- - - - - - -',
};

const EVENTS: [type: string, data: JsonValue][] = [
  ['operation.approved', null],
  ['operation.started', null],
  ['operation.partition_finished', { partition: 0, outcome: 'done' }],
  ['operation.cancel_requested', null],
  ['operation.finished', { outcome: 'done' }],
  ['operation.finished', { outcome: 'failed' }],
  ['operation.finished', { outcome: 'canceled' }],
];

const pairs = OPERATION_STATUSES.flatMap((from) =>
  OPERATION_TRANSITIONS.map((transition, column) => {
    const cell = GOLDEN[from].split(' ')[column];
    return { from, transition, column, to: cell === '-' ? null : cell };
  }),
);

const planner = { tenant: null, principal: 'ann' };

describe('the transitions of an operation', () => {
  it('are 56 pairs, fifteen of them allowed', () => {
    expect(pairs).toHaveLength(56);
    expect(pairs.filter(({ to }) => to !== null)).toHaveLength(15);
  });

  it.each(pairs)('$from + $transition → $to', ({ from, transition, column, to }) => {
    expect(nextOperationStatus(from, transition)).toBe(to);
    const [type, data] = EVENTS[column]!;
    expect(judgeOperationTransition(from, { type, data, principal: 'bob' }, planner)).toEqual(
      to === null
        ? { allowed: false, detail: { from, transition } }
        : { allowed: true, status: to },
    );
  });

  it.each(OPERATION_STATUSES)('have no say about other events while %s', (from) => {
    for (const type of ['operation.noticed', 'operation.', 'run.finished', 'my.own']) {
      const claim = { type, data: null, principal: null };
      expect(judgeOperationTransition(from, claim, planner)).toEqual({
        allowed: true,
        status: null,
      });
    }
  });
});

const plan = (approval: string): JsonValue => ({
  verb: 'rewind',
  projection: 'runs',
  approval,
  plan: { records: 0, streams: 0, bytes: 0, partitions: [] },
});

const ask = (type: string, principal: string | null, over: Partial<Claim> = {}): Claim =>
  claimOf(type, null, { kind: 'operation', principal, id: type, ...over });

const plannedBy = (principal: string | null, approval = 'required') =>
  acceptAll([ask('operation.planned', principal, claimWith(plan(approval)))]).state;

const claimWith = (data: JsonValue) => ({ data, dataText: JSON.stringify(data) });

describe('a plan', () => {
  it('says by its status whether it needs approval before it is started', () => {
    const start = ask('operation.started', 'ann');
    expect(plannedBy('ann', 'not_required').status).toBe('planned');
    expect(judge(plannedBy('ann', 'not_required'), start)).toEqual({
      kind: 'accepted',
      status: 'running',
    });
    expect(plannedBy('ann').status).toBe('awaiting_approval');
    expect(judge(plannedBy('ann'), start)).toMatchObject({
      code: 'invalid_transition',
      detail: { from: 'awaiting_approval', transition: 'start' },
    });
  });

  it('begins an operation and nothing else does, and once', () => {
    expect(judge(null, ask('operation.started', 'ann'))).toMatchObject({ code: 'not_found' });
    const again = ask('operation.planned', 'ann', { id: 'other', ...claimWith(plan('required')) });
    expect(judge(plannedBy('ann'), again)).toMatchObject({
      code: 'invalid_transition',
      detail: { transition: 'create' },
    });
  });

  it.each([
    ['ann', 'bob', null],
    ['ann', 'ann', 'approve_own_plan'],
    ['acme/ann', 'acme/ann', 'approve_own_plan'],
    ['acme/ann', 'acme/bob', null],
    ['acme/', 'acme/', 'approve_own_plan'],
    ['ann', null, 'approve_without_principal'],
    [null, null, 'approve_without_principal'],
    [null, 'ann', null],
  ])('of %s is approved by %s: refused as %s', (by, principal, transition) => {
    const verdict = judge(plannedBy(by), ask('operation.approved', principal));
    expect(verdict).toMatchObject(
      transition === null
        ? { kind: 'accepted', status: 'approved' }
        : { code: 'invalid_transition', detail: { from: 'awaiting_approval', transition } },
    );
  });
});

describe('an operation', () => {
  it('is open to every principal that is not bound, and to no other', () => {
    const state = plannedBy('ann');
    const cancel = (principal: string, bound: boolean) =>
      judge(state, ask('operation.cancel_requested', principal, { bound }));
    expect(state.owner).toEqual(planner);
    expect(cancel('bob', false)).toMatchObject({ kind: 'accepted' });
    expect(cancel('bob', true)).toMatchObject({ code: 'forbidden' });
    expect(cancel('ann', true)).toMatchObject({ code: 'forbidden' });
  });
});
