import { describe, expect, it } from 'vitest';
import { chainHash, CHAIN_START } from './chain-hash.js';
import { accept, acceptAll, claimOf } from './claims.fixture.js';

describe('evolve', () => {
  it('numbers events from 1 and chains their hashes', () => {
    const { state, events } = acceptAll([
      claimOf('run.started', { owner_user_id: 5, tenant: 'acme' }, { appendTime: 10 }),
      claimOf(
        'run.delta',
        { delta: 'x' },
        { idempotencyKey: 'k', appendTime: 20, principal: 'acme/user:5' },
      ),
    ]);
    const first = chainHash(
      CHAIN_START,
      1,
      'run.started',
      null,
      '{"owner_user_id":5,"tenant":"acme"}',
    );
    expect(state).toEqual({
      seq: 2,
      chain: chainHash(first, 2, 'run.delta', 'k', '{"delta":"x"}'),
      status: 'running',
      owner: { tenant: 'acme', principal: 'user:5' },
      createdAt: 10,
      updatedAt: 20,
    });
    expect(events.map(({ event }) => event)).toEqual([
      {
        seq: 1,
        type: 'run.started',
        schemaVersion: 1,
        data: { owner_user_id: 5, tenant: 'acme' },
        idempotencyKey: null,
        recordedAt: 10,
        late: false,
        principal: null,
      },
      {
        seq: 2,
        type: 'run.delta',
        schemaVersion: 1,
        data: { delta: 'x' },
        idempotencyKey: 'k',
        recordedAt: 20,
        late: false,
        principal: 'acme/user:5',
      },
    ]);
  });

  it('never lets time go back within a stream', () => {
    const { state, events } = acceptAll([
      claimOf('run.started', null, { appendTime: 100 }),
      claimOf('run.delta', null, { appendTime: 40 }),
      claimOf('run.delta', null, { appendTime: 120 }),
    ]);
    expect(events.map(({ event }) => event.recordedAt)).toEqual([100, 100, 120]);
    expect(state).toMatchObject({ createdAt: 100, updatedAt: 120 });
  });

  it('keeps the owner of the first event', () => {
    const { state } = acceptAll([
      claimOf('run.created', null, { principal: 'user:5' }),
      claimOf('run.started', { owner_user_id: 6 }),
    ]);
    expect(state.owner).toEqual({ tenant: null, principal: 'user:5' });
  });

  it('calls an event late that comes after the end and changes nothing', () => {
    const { state, events } = acceptAll([
      claimOf('run.started'),
      claimOf('tool.result', { tool_call_id: 'a' }),
      claimOf('run.finished', { status: 'failed' }),
      claimOf('run.finished', { status: 'failed' }),
      claimOf('tool.result', { tool_call_id: 'b' }),
    ]);
    expect(events.map(({ event }) => event.late)).toEqual([false, false, false, false, true]);
    expect(state.status).toBe('failed');
  });

  it('changes nothing that it is given', () => {
    const { state } = accept(null, claimOf('run.started'));
    const before = structuredClone(state);
    accept(Object.freeze(state), claimOf('run.finished', { status: 'failed' }));
    expect(state).toEqual(before);
  });
});
