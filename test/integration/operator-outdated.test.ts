import { encodeEnvelope } from '@refold/contracts';
import { createGeneration, noWrites, pointerSlot, readPointer } from '@refold/pipeline';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { expect, it, onTestFinished } from 'vitest';
import { ANN, openOperators, PARTITIONS, type OperatorWorld } from './operator-fixture.js';
import { idOn } from './operator-plans.js';

/** A record that makes up for a letter, but for its subject. */
const ENVELOPE = JSON.parse(
  encodeEnvelope({ id: 'e', source: 's', type: 'run.delta', subject: 'run/x', data: null }),
) as Record<string, unknown>;

async function openMemory() {
  const log = createMemoryEventLog({ clock: Date.now });
  const store = createMemoryViewStore();
  const close = async (): Promise<void> => {
    await log.close();
    await store.close();
  };
  const world = await openOperators(async () => ({ log, store, close }));
  onTestFinished(() => world.close());
  await world.foldRuns();
  return { ...world, log, store };
}

/** What happens to a plan that is carried out now. */
async function executed(world: OperatorWorld, operationId: string) {
  const { status, body } = await world.ask(ANN, `/operations/${operationId}/execute`);
  return { is: [status, body.code], ...body };
}

it('a plan is not carried out when the log has lost what it reads, and says so', async () => {
  const world = await openMemory();
  const { log } = world;
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
  const refused = await executed(world, planned.operation_id);
  expect(refused.is).toEqual([409, 'plan_outdated']);
  expect(refused.changes).toEqual([
    { code: 'log_start_moved', partition: 2, planned: 0, found: 1 },
  ]);
  await world.until(planned.operation_id, ({ status }) => expect(status).toBe('planned'));
});

it('a generation is not dropped that was live since the plan was made, and may be what a rollback brings back', async () => {
  const world = await openMemory();
  const { store, installation } = world;
  const { runs } = installation.projections;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await world.ask(ANN, '/runs', { run_id: idOn(partition, PARTITIONS) });
  }
  await createGeneration({ store, commitId: () => 'p' }, runs, {
    ...{ operation: 'build', views: 'run@1', share: 0.5 },
  });
  const asked = {
    verb: 'drop',
    projection: 'runs',
    arguments: { target: 'generation', generation: 2 },
  };
  const { body: planned } = await world.ask(ANN, '/operations', asked);
  expect(planned.plan.generations).toEqual({ generation: 2, state: 'building' });
  // It was swapped in, and taken back.
  const { text, generations } = await readPointer(store, runs);
  const retired = JSON.stringify({ ...generations.get(2), state: 'retired' });
  const writes = {
    ...noWrites(),
    putField: [['generations', '2', retired]] as [string, string, string][],
  };
  await store.commit(pointerSlot(runs), text, text ?? '', writes, []);
  const refused = await executed(world, planned.operation_id);
  expect(refused.is).toEqual([409, 'plan_outdated']);
  expect(refused.changes).toEqual([
    { code: 'generation_was_live', partition: null, planned: 'building', found: 'retired' },
  ]);
});

it('a letter is published again by one plan at a time, and an outdated one says what to do', async () => {
  const world = await openMemory();
  const { log, installation } = world;
  const { runs } = installation.topics;
  const runId = idOn(1, PARTITIONS);
  await world.ask(ANN, '/runs', { run_id: runId });
  const offset = log.appendForeign(runs, 1, { key: 'x', value: 'not ours' });
  await world.ask(ANN, `/runs/${runId}/events`, { event_type: 'run.delta' });
  const value = { ...ENVELOPE, subject: `run/${runId}` };
  const args = { target: 'letter', partition: 1, offset, record: { value } };
  const asked = { verb: 'republish', projection: 'runs', arguments: args };
  const { body: planned } = await world.ask(ANN, '/operations', asked);
  const again = await world.ask(ANN, '/operations', asked);
  expect([again.status, again.body.code]).toEqual([409, 'already_republished']);
  expect(again.body.detail).toContain('cancel it before another one is planned');
  log.deleteHead(runs, 1, offset + 1);
  const refused = await executed(world, planned.operation_id);
  expect(refused.is).toEqual([409, 'plan_outdated']);
  expect(refused.detail).toMatch(/log_start_moved.*Cancel this one before/);
});
