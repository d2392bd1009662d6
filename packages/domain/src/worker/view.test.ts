import type { JsonValue } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { acceptAll, claimOf } from '../claims.fixture.js';
import { RULEBOOK } from '../rulebook.js';
import { livenessOf } from './liveness.js';
import { METADATA_MAX, type WorkerDocument, workerView } from './view.js';

type Step = [type: string, data: JsonValue, at: number];

function fold(steps: readonly Step[]) {
  const { state, events } = acceptAll(
    steps.map(([type, data, appendTime]) => claimOf(type, data, { kind: 'worker', appendTime })),
  );
  let document: WorkerDocument = workerView.initial('w-1');
  for (const evolved of events) {
    document = workerView.evolve(Object.freeze(document), evolved.event, evolved.state);
  }
  return { state, document };
}

const register: Step = [
  'worker.started',
  { owner_user_id: 5, workspace_ref: 'ws', codex_home_ref: 'home', metadata: { a: 1, b: 1 } },
  10,
];

describe('the worker view', () => {
  it('is the view of workers', () => expect(RULEBOOK.views).toContain(workerView));

  it('keeps what registering says; registering is a sign of life', () => {
    const { document, state } = fold([register]);
    expect(state.status).toBe('running');
    expect(document).toEqual({
      owner_user_id: 5,
      workspace_ref: 'ws',
      codex_home_ref: 'home',
      adapter: 'in_memory',
      metadata: { a: 1, b: 1 },
      last_event_type: 'worker.started',
      started_at: 10,
      last_heartbeat_at: 10,
    });
  });

  it('registering again merges metadata, replaces references and refreshes the heartbeat', () => {
    const { document } = fold([
      register,
      ['worker.started', { owner_user_id: 6, adapter: 'x', metadata: { b: 2, c: 3 } }, 20],
    ]);
    expect(document).toEqual({
      owner_user_id: 5,
      adapter: 'x',
      metadata: { a: 1, b: 2, c: 3 },
      last_event_type: 'worker.started',
      started_at: 10,
      last_heartbeat_at: 20,
    });
  });

  it('metadata has a bound; patches beyond it are counted, and smaller ones still merge', () => {
    const beat = (patch: JsonValue, at: number): Step => [
      'worker.heartbeat',
      { metadata_patch: patch },
      at,
    ];
    const { document } = fold([
      register,
      beat({ big: 'x'.repeat(METADATA_MAX) }, 20),
      beat({ c: 1 }, 30),
      beat({ d: 'x'.repeat(METADATA_MAX) }, 40),
    ]);
    expect(document).toMatchObject({
      metadata: { a: 1, b: 1, c: 1 },
      unmerged_patches: 2,
      last_heartbeat_at: 40,
    });
  });

  it('a heartbeat refreshes and merges its patch, also into nothing', () => {
    const { document } = fold([
      ['worker.started', null, 10],
      ['worker.heartbeat', { metadata_patch: { load: 1 } }, 20],
      ['worker.heartbeat', null, 30],
      ['worker.event', { method: 'm' }, 40],
    ]);
    expect(document).toMatchObject({ metadata: { load: 1 }, last_heartbeat_at: 30 });
    const scalar = fold([
      ['worker.started', { metadata: 'text' }, 10],
      ['worker.heartbeat', { metadata_patch: { load: 1 } }, 20],
    ]);
    expect(scalar.document.metadata).toBe('text');
  });

  it('going down and coming back are signs of life', () => {
    const down: Step[] = [register, ['worker.stopped', { reason: 'night' }, 50]];
    expect(fold(down).document).toMatchObject({
      stopped_at: 50,
      last_heartbeat_at: 50,
      reason: 'night',
    });
    const again = fold([...down, ['worker.stopped', null, 60]]);
    expect(again.document.stopped_at).toBe(50);
    const back = fold([...down, ['worker.running', null, 70]]);
    expect(back.document).not.toHaveProperty('stopped_at');
    expect(back.document).not.toHaveProperty('reason');
    expect(back.document.last_heartbeat_at).toBe(70);
    const revived = fold([...down, ['worker.started', null, 80]]);
    expect(revived.document).not.toHaveProperty('stopped_at');
    expect(revived.document).toMatchObject({ started_at: 10, last_heartbeat_at: 80 });
  });

  it('a change of status alone is no heartbeat', () => {
    const { document } = fold([register, ['worker.stopping', null, 50]]);
    expect(document.last_heartbeat_at).toBe(10);
  });
});

describe('the entries of a worker', () => {
  it('are its places in lists and what it adds to counters', () => {
    const { document, state } = fold([register, ['worker.stopped', null, 50]]);
    expect(workerView.entries(document, state)).toEqual([
      { type: 'rank', index: 'workers/all', score: 10 },
      { type: 'rank', index: 'workers/status/stopped', score: 10 },
      { type: 'rank', index: 'workers/owner/user:5', score: 10 },
      { type: 'count', counter: 'workers/stopped', amount: 1 },
      { type: 'count', counter: 'events', amount: 2 },
    ]);
  });
});

describe('liveness', () => {
  it.each([
    ['running', 0, 120_000, 'fresh', 120_000],
    ['running', 0, 120_001, 'stale', 120_001],
    ['starting', 500, 100, 'fresh', 0],
    ['running', undefined, 5, 'missing', null],
    ['stopped', 0, 999_999, 'stopped', 999_999],
    ['failed', undefined, 5, 'failed', null],
  ])('%s, last heard %s, now %s: %s', (status, last, now, heartbeat, age) => {
    expect(livenessOf(status, last, now)).toEqual({
      heartbeat_age_ms: age,
      heartbeat_stale_after_ms: 120_000,
      heartbeat_state: heartbeat,
    });
  });
});
