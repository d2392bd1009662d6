import { randomUUID } from 'node:crypto';
import { encodeEnvelope, partitionOf, type JsonValue } from '@refold/contracts';
import { newestViews, RULEBOOK } from '@refold/domain';
import {
  beginSwap,
  createGeneration,
  liveGeneration,
  ProjectionReader,
  readPointer,
  slotOf,
} from '@refold/pipeline';
import { createLogger, createMetrics } from '@refold/service';
import { installationOf, machineTiming } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createProjecting } from './projecting.js';

/** A process that folds and carries out, and a log of operations to write on. */
async function open() {
  const installation = installationOf('follow', 1);
  const { runs, operations } = installation.projections;
  const log = createMemoryEventLog({ clock: Date.now });
  await log.ensureTopics(installation.specs);
  const store = createMemoryViewStore();
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as never) };
  const projecting = createProjecting({
    log,
    store,
    timing: machineTiming,
    rulebook: RULEBOOK,
    projections: [runs, operations],
    deadLetterTopic: installation.topics.deadLetters,
    operations,
    newId: randomUUID,
    logger: createLogger({ service: 'test', level: 'debug', destination }),
    metrics: createMetrics('test'),
    alone: true,
    approval: 'not_required',
  });
  const start = async (): Promise<void> => {
    await projecting.start();
    onTestFinished(() => projecting.stop());
  };
  const append = (id: string, type: string, data: JsonValue): void => {
    const value = encodeEnvelope({ id, source: 'test', type, subject: 'operation/o-1', data });
    log.appendForeign(operations.topic, partitionOf('o-1', 1), { key: 'o-1', value });
  };
  return { log, store, runs, operations, lines, start, append };
}

const WAIT = { timeout: 30_000, interval: 50 };

it('an operation of a verb that this build does not know says so, and waits for one that does', async () => {
  const { store, runs, lines, start, append } = await open();
  await start();
  const partitions = [{ partition: 0, from: 0, to: 0 }];
  const plan = { records: 0, streams: 0, bytes: 0, partitions };
  const planned = { verb: 'turn-over', projection: 'runs', plan, approval: 'not_required' };
  append('a', 'operation.planned', planned);
  append('b', 'operation.started', null);
  await vi.waitFor(() => {
    const text = store.dump(slotOf(runs, 0)).text['refold-progress'] ?? '{}';
    const { operation, trouble } = JSON.parse(text) as { operation?: string; trouble?: string };
    expect(operation).toBe('o-1');
    expect(trouble).toContain('does not know the verb turn-over: deploy one that does');
    const line = lines.find(({ level, operation: of }) => level === 'error' && of === 'o-1');
    expect(line).toMatchObject({ partition: 0, projection: 'runs' });
  }, WAIT);
});

it('a letter whose operation is to be canceled is published, for another process may have done so', async () => {
  const { log, store, runs, operations, start, append } = await open();
  const envelope = { id: 'e', source: 's', type: 'run.started', subject: 'run/r', data: null };
  const value = JSON.parse(encodeEnvelope(envelope)) as JsonValue;
  const record = { topic: runs.topic, partition: 0, key: 'r', value };
  const partitions = [{ partition: 0, from: 0, to: 1, record }];
  const plan = { records: 1, streams: 1, bytes: 1, partitions };
  const planned = { verb: 'republish', projection: 'runs', plan, approval: 'not_required' };
  append('a', 'operation.planned', planned);
  append('b', 'operation.started', null);
  append('c', 'operation.cancel_requested', { reason: 'a mistake' });
  await start();
  const reader = new ProjectionReader(store, operations);
  await vi.waitFor(async () => {
    const { document } = await reader.document('operation', 'o-1');
    expect(document?.state?.status).toBe('done');
  }, WAIT);
  expect(log.records(runs.topic, 0)).toHaveLength(1);
});

it('a swap is given up that the store went back to, for the log knows its end', async () => {
  const { log, store, runs, start, append } = await open();
  const envelope = { id: 'e', source: 's', type: 'run.started', subject: 'run/r', data: null };
  log.appendForeign(runs.topic, 0, { key: 'r', value: encodeEnvelope(envelope) });
  const ports = { store, commitId: randomUUID };
  const views = newestViews(RULEBOOK, runs.kinds);
  await createGeneration(ports, runs, { operation: 'build', views, share: 1 });
  await beginSwap(ports, runs, { operation: 'o-1', to: 2, partitions: [0] });
  const partitions = [{ partition: 0, from: 0, to: 1 }];
  const plan = { records: 1, streams: 1, bytes: 1, partitions, generations: { generation: 2 } };
  append('a', 'operation.planned', {
    ...{ verb: 'swap', projection: 'runs', plan, approval: 'not_required' },
  });
  append('b', 'operation.started', null);
  append('c', 'operation.cancel_requested', null);
  append('d', 'operation.finished', { outcome: 'canceled' });
  await start();
  const pointer = () => readPointer(store, runs);
  await vi.waitFor(async () => expect((await pointer()).swap).toBeNull(), WAIT);
  expect((await pointer()).done.get('o-1')).toMatchObject({
    ...{ kind: 'given_up', reason: expect.stringContaining('o-1 is over by the log') as string },
  });
  expect(liveGeneration(await pointer(), 0)).toBe(1);
});
