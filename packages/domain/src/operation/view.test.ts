import type { JsonValue } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { acceptAll, claimOf } from '../claims.fixture.js';
import { documentDigest } from '../document-digest.js';
import { type OperationDocument, operationView } from './view.js';

type Step = [type: string, data: JsonValue, principal: string | null];

function fold(steps: readonly Step[], begin = 100) {
  const { state, events } = acceptAll(
    steps.map(([type, data, principal], n) =>
      claimOf(`operation.${type}`, data, { kind: 'operation', principal, appendTime: begin + n }),
    ),
  );
  let document: OperationDocument = operationView.initial('o-1');
  for (const evolved of events) {
    document = operationView.evolve(Object.freeze(document), evolved.event, evolved.state);
  }
  return { state, document };
}

const planOf = (approval: string): Step => [
  'planned',
  {
    verb: 'rewind',
    projection: 'runs',
    approval,
    plan: {
      records: 30,
      streams: 4,
      bytes: 900,
      partitions: [{ partition: 3 }, { partition: 7 }],
    },
  },
  'ann',
];
const planned = planOf('not_required');
const started: Step = ['started', null, 'ann'];
const part = (partition: number, more: object = {}): Step => [
  'partition_finished',
  { partition, outcome: 'done', streams: 2, replaced: 2, records: 15, ...more },
  null,
];

const NOTHING = {
  records: 0,
  streams: 0,
  bytes: 0,
  replaced: 0,
  tail_records: 0,
  read_records: 0,
  differing: 0,
  unrebuildable: 0,
};

describe('the operation view', () => {
  it('says what was planned, by whom and when', () => {
    expect(fold([planned]).document).toEqual({
      verb: 'rewind',
      projection: 'runs',
      approval: 'not_required',
      planned: { records: 30, streams: 4, bytes: 900, partitions: 2 },
      finished_partitions: [],
      result: NOTHING,
      planned_by: 'ann',
      planned_at: 100,
    });
  });

  it('says who approved, started and asked to cancel, and why; a trusted writer has no name', () => {
    const { document } = fold([
      planOf('required'),
      ['approved', { reason: 'looked at it' }, 'bob'],
      ['started', null, null],
      ['cancel_requested', { reason: 'the wrong one' }, 'eve'],
      ['cancel_requested', { reason: 'me too' }, 'ann'],
      ['finished', { outcome: 'canceled' }, null],
    ]);
    expect(document).toMatchObject({
      approved_by: 'bob',
      approved_at: 101,
      approved_reason: 'looked at it',
      started_at: 102,
      cancel_requested_by: 'eve',
      cancel_requested_at: 103,
      cancel_requested_reason: 'the wrong one',
      finished_at: 105,
    });
    expect(document).not.toHaveProperty('started_by');
    expect(document).not.toHaveProperty('finished_by');
  });

  it('adds up what came out in its partitions; one that says so again counts once', () => {
    const { document } = fold([
      planned,
      started,
      part(7, { tail_records: 2, read_records: 40, bytes: 500 }),
      part(3, { outcome: 'failed', replaced: 1, error: 'disk', differing: 1, unrebuildable: 1 }),
      part(7),
      part(2, { outcome: 'canceled', error: 'later' }),
    ]);
    expect(document).toMatchObject({
      finished_partitions: [7, 3, 2],
      failed_partitions: 1,
      canceled_partitions: 1,
      error: 'disk',
      result: {
        records: 45,
        streams: 6,
        bytes: 500,
        replaced: 5,
        tail_records: 2,
        read_records: 40,
        differing: 1,
        unrebuildable: 1,
      },
    });
  });

  it('ends with what the operation says went wrong', () => {
    const { document, state } = fold([
      planned,
      started,
      part(3, { outcome: 'failed', error: 'disk' }),
      ['finished', { outcome: 'failed', error: 'partition 3: disk' }, null],
    ]);
    expect(state.status).toBe('failed');
    expect(document.error).toBe('partition 3: disk');
  });

  it('is finished when a plan is canceled that was never started', () => {
    const { document, state } = fold([planned, ['cancel_requested', null, 'eve']]);
    expect(state.status).toBe('canceled');
    expect(document).toMatchObject({ cancel_requested_by: 'eve', finished_by: 'eve' });
  });

  it('has one digest whenever it was folded', () => {
    const steps = [planned, started, part(3)];
    const digestAt = (begin: number) => {
      const { state, document } = fold(steps, begin);
      return documentDigest('operation/o-1', state, document);
    };
    expect(digestAt(100)).toBe(digestAt(900));
  });
});

describe('the entries of an operation', () => {
  const indexesOf = (steps: Step[]): string[] => {
    const { document, state } = fold(steps);
    return operationView
      .entries(document, state)
      .flatMap((entry) => (entry.type === 'rank' ? [entry.index] : []));
  };
  const always = ['operations/all', 'operations/projection/runs', 'operations/verb/rewind'];

  it('are its places in lists and what it adds to counters', () => {
    const { document, state } = fold([planned]);
    expect(operationView.entries(document, state)).toEqual([
      { type: 'rank', index: 'operations/all', score: 100 },
      { type: 'rank', index: 'operations/status/planned', score: 100 },
      { type: 'rank', index: 'operations/projection/runs', score: 100 },
      { type: 'rank', index: 'operations/verb/rewind', score: 100 },
      { type: 'count', counter: 'operations/planned', amount: 1 },
      { type: 'count', counter: 'events', amount: 1 },
    ]);
  });

  it('list it as active while it runs, and no longer', () => {
    const cancel: Step = ['cancel_requested', null, 'ann'];
    const active = [...always, 'operations/active'];
    expect(indexesOf([planned, started]).sort()).toEqual(
      [...active, 'operations/status/running'].sort(),
    );
    expect(indexesOf([planned, started, cancel]).sort()).toEqual(
      [...active, 'operations/status/canceling'].sort(),
    );
    const end: Step = ['finished', { outcome: 'done' }, null];
    expect(indexesOf([planned, started, end])).not.toContain('operations/active');
  });
});
