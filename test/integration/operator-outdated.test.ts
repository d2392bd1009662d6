import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { expect, it, onTestFinished } from 'vitest';
import { ANN, openOperators, PARTITIONS } from './operator-fixture.js';
import { idOn } from './operator-plans.js';

it('a plan is not carried out when the log has lost what it reads, and says so', async () => {
  const log = createMemoryEventLog({ clock: Date.now });
  const store = createMemoryViewStore();
  const close = async (): Promise<void> => {
    await log.close();
    await store.close();
  };
  const world = await openOperators(async () => ({ log, store, close }));
  onTestFinished(() => world.close());
  await world.foldRuns();
  const runId = idOn(2, PARTITIONS);
  await world.ask(ANN, '/runs', { run_id: runId });
  await world.ask(ANN, `/runs/${runId}/events`, { event_type: 'run.delta' });
  const asked = {
    verb: 'rewind',
    projection: 'runs',
    arguments: { target: 'run', subject: `run/${runId}` },
  };
  const { body: planned } = await world.ask(ANN, '/operations', asked);
  log.deleteHead(world.installation.topics.runs, 2, 1);
  const refused = await world.ask(ANN, `/operations/${planned.operation_id}/execute`);
  expect([refused.status, refused.body.code]).toEqual([409, 'plan_outdated']);
  expect(refused.body.changes).toEqual([
    { code: 'log_start_moved', partition: 2, planned: 0, found: 1 },
  ]);
  await world.until(planned.operation_id, ({ status }) => expect(status).toBe('planned'));
});
