import type { StreamKind } from '@refold/contracts';
import { RULEBOOK, rulesOf } from '@refold/domain';
import type { MemoryEventLog } from '@refold/test-kit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import { openMemoryPorts } from './http-stack.js';

const POISON = 'my.poison';

/** The rules throw on one type of event. */
function breakRules(kind: StreamKind, type: string): void {
  const rules = rulesOf(RULEBOOK, 1)[kind];
  const transition = rules.transition.bind(rules);
  vi.spyOn(rules, 'transition').mockImplementation((status, claim, owner) => {
    if (claim.type !== type) return transition(status, claim, owner);
    throw new TypeError('poison');
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('drift', () => {
  let memoryLog: MemoryEventLog;
  const stack = sharedStack(async () => {
    const ports = await openMemoryPorts();
    memoryLog = ports.log as MemoryEventLog;
    return ports;
  });

  const started = async (name: string): Promise<string> => {
    const runId = freshId(name);
    await stack().post('/runs', { run_id: runId });
    return runId;
  };

  it('is none while a stream follows the log', async () => {
    const runId = await started('sound');
    const sound = await stack().get(`/projectors/drift?topic=run:${runId}:events`);
    expect(sound.body).toMatchObject({ status: 404, code: 'not_found' });
    expect(sound.body.detail).toContain('folded up to event 1');
    const nobody = await stack().get('/projectors/drift?topic=run:nobody:events');
    expect(nobody.body.detail).toContain('There is no run nobody');
  });

  it('names the record at which a stream is parked, and what waits behind it', async () => {
    breakRules('run', POISON);
    const runId = await started('parked');
    const path = `/runs/${runId}/events`;
    const bad = await stack().post(path, { event_type: POISON });
    await stack().post(path, { event_type: 'run.delta' });
    await stack().post(path, { event_type: 'run.delta' });
    const reply = await stack().get(`/projectors/drift?topic=run:${runId}:events`);
    expect(reply.status).toBe(200);
    const [partition, next] = bad.body.position.split(':').map(Number);
    expect(reply.body.drift).toMatchObject({
      topic: `run:${runId}:events`,
      reason: 'parked',
      last_seen_seq: 1,
      expected_next_seq: 2,
      partition,
      offset: (next ?? 0) - 1,
      waiting_events: 2,
      error: 'TypeError: poison',
    });
    expect(Date.parse(reply.body.drift.detected_at ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  it('tells no time of a record that the log no longer has', async () => {
    breakRules('run', POISON);
    const runId = await started('cut');
    const bad = await stack().post(`/runs/${runId}/events`, { event_type: POISON });
    const [partition = 0, next = 0] = bad.body.position.split(':').map(Number);
    memoryLog.deleteHead(stack().installation.projections.runs.topic, partition, next);
    const reply = await stack().get(`/projectors/drift?topic=run:${runId}:events`);
    expect(reply.status).toBe(200);
    expect(reply.body.drift).toMatchObject({ offset: next - 1, detected_at: null });
  });

  it('is told of a run whose first claim is parked', async () => {
    breakRules('run', 'run.started');
    const runId = await started('stillborn');
    expect((await stack().get(`/runs/${runId}`)).status).toBe(404);
    const reply = await stack().get(`/projectors/drift?topic=run:${runId}:events`);
    expect(reply.body.drift).toMatchObject({ reason: 'parked', last_seen_seq: 0 });
  });

  it('names the view that stopped while its stream goes on', async () => {
    const runId = await started('view');
    const view = RULEBOOK.views.find(({ kind }) => kind === 'run');
    if (view === undefined) throw new Error('runs have no view');
    vi.spyOn(view, 'evolve').mockImplementation(() => {
      throw new RangeError('broken');
    });
    const path = `/runs/${runId}/events`;
    expect((await stack().post(path, { event_type: 'run.delta' })).status).toBe(201);
    expect((await stack().post(path, { event_type: 'run.delta' })).body.seq).toBe(3);
    const reply = await stack().get(`/projectors/drift?topic=run:${runId}:events`);
    expect(reply.body.drift).toMatchObject({
      reason: 'view_stopped',
      view: 'run',
      last_seen_seq: 3,
      waiting_events: 0,
    });
  });

  it('of a worker is told to its owner alone', async () => {
    breakRules('worker', 'worker.poison');
    const workerId = freshId('owned');
    await stack().post('/workers', { worker_id: workerId, owner_user_id: 7 });
    await stack().post(`/workers/${workerId}/events`, {
      owner_user_id: 7,
      event_type: 'worker.poison',
    });
    const path = `/projectors/drift?topic=worker:${workerId}:lifecycle`;
    expect((await stack().get(path)).status).toBe(400);
    expect((await stack().get(`${path}&owner_user_id=8`)).status).toBe(403);
    const told = await stack().get(`${path}&owner_user_id=7`);
    expect(told.body.drift).toMatchObject({ reason: 'parked', last_seen_seq: 1 });
  });
});
