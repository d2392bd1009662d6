import { encodeEnvelope, partitionOf } from '@refold/contracts';
import type { EnvelopeFields } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { createMemoryEventLog, createMemoryViewStore, modelOf } from '@refold/test-kit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Projector } from './project/projector.js';
import type { Projection } from './projection.js';
import { Publisher } from './publish/publisher.js';
import { ProjectionReader } from './read/projection-reader.js';
import type { Timing } from './timing.js';
import { VerdictDesk } from './verdicts/verdict-desk.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 'refold.runs',
  kinds: ['run'],
  partitions: 4,
  generation: 1,
};

const timing: Timing = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  tick: () => new Promise((resolve) => setImmediate(resolve)),
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** One publisher, one projector and one reader over a log and a store in memory. */
async function openEngine() {
  const log = createMemoryEventLog({ clock: () => Date.now() });
  const store = createMemoryViewStore();
  await log.ensureTopics([{ name: PROJECTION.topic, partitions: PROJECTION.partitions }]);
  let commits = 0;
  const troubles: string[] = [];
  const trouble = (partition: number, what: string) => troubles.push(`${partition}: ${what}`);
  const projector = new Projector(PROJECTION, {
    log,
    store,
    timing,
    rulebook: RULEBOOK,
    commitId: () => `c${commits++}`,
    mirror: async (letters) => letters.map(() => ({ kind: 'mirrored' as const })),
    trouble,
  });
  await projector.start(log);
  const publisher = new Publisher({ log, timing, trouble: (what) => trouble(-1, what) });
  const desk = new VerdictDesk(store, timing, 'door', 100);
  await desk.start();
  closers.push(
    () => publisher.close(1000),
    () => desk.stop(),
    () => projector.stop(),
  );
  const claim = async (streamId: string, fields: Partial<EnvelopeFields>) => {
    const partition = partitionOf(streamId, PROJECTION.partitions);
    const value = encodeEnvelope({
      id: 'e1',
      source: 'test',
      type: 'run.started',
      subject: `run/${streamId}`,
      replyto: 'door',
      data: null,
      ...fields,
    });
    const { topic } = PROJECTION;
    const outcome = await publisher.publish({ topic, partition, key: streamId, value });
    if (outcome.kind !== 'appended') throw new Error(`not appended: ${outcome.kind}`);
    return desk.wait(topic, partition, outcome.offset, 5000);
  };
  return {
    log,
    store,
    projector,
    troubles,
    claim,
    reader: new ProjectionReader(store, PROJECTION),
  };
}

describe('the engine over ports in memory', () => {
  it('publishes a claim, folds it, answers its verdict and reads its stream', async () => {
    const { claim, reader, troubles } = await openEngine();
    expect(await claim('r', {})).toMatchObject({ kind: 'accepted', seq: 1, status: 'running' });
    const message = { type: 'run.message', id: 'e2', data: { role: 'user', content: 'hi' } };
    expect(await claim('r', message)).toMatchObject({ kind: 'accepted', seq: 2 });
    expect(await claim('r', message)).toMatchObject({ kind: 'duplicate', seq: 2 });
    expect(await claim('r', { ...message, data: null })).toMatchObject({
      kind: 'rejected',
      code: 'idempotency_conflict',
    });
    const { document, events } = await reader.timeline('run', 'r', 0, 10);
    expect(document?.state).toMatchObject({ seq: 2, status: 'running' });
    expect(document?.views['run']).toMatchObject({ message_count: 1 });
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'run.started'],
      [2, 'run.message'],
    ]);
    expect(troubles).toEqual([]);
  });

  it('agrees with the independent model on every stream and lists them newest first', async () => {
    const { claim, reader, log } = await openEngine();
    const ids = Array.from({ length: 20 }, (_, i) => `run-${i}`);
    await Promise.all(
      ids.flatMap((id) => [
        claim(id, {}),
        claim(id, { type: 'run.delta', id: 'e2', data: { text: id } }),
        claim(id, { type: 'run.finished', id: 'e3', data: { status: 'succeeded' } }),
        claim(id, { type: 'run.finished', id: 'e4', data: { status: 'failed' } }),
      ]),
    );
    const partitions = Array.from({ length: PROJECTION.partitions }, (_, p) => p);
    const model = modelOf(
      'run',
      partitions.map((p) => log.records(PROJECTION.topic, p)),
    );
    for (const id of ids) {
      const { document } = await reader.document('run', id);
      const expected = model.streams.get(`run/${id}`);
      expect(document?.state).toMatchObject({
        seq: 3,
        chain: expected?.chain,
        status: expected?.status,
      });
    }
    const page = await reader.list('run', 'runs/all', undefined, 200);
    expect(page.entries.map(({ streamId }) => streamId).sort()).toEqual([...ids].sort());
    const scores = page.entries.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it('goes on where another member left off', async () => {
    const { claim, reader, projector, log, store } = await openEngine();
    await claim('r', {});
    await projector.stop();
    const later = claim('r', { type: 'run.delta', id: 'e2', data: { text: 'x' } });
    let commits = 0;
    const second = new Projector(PROJECTION, {
      log,
      store,
      timing,
      rulebook: RULEBOOK,
      commitId: () => `second-${commits++}`,
      mirror: async (letters) => letters.map(() => ({ kind: 'mirrored' as const })),
      trouble: () => undefined,
    });
    await second.start(log);
    closers.push(() => second.stop());
    expect(await later).toMatchObject({ kind: 'accepted', seq: 2 });
    await vi.waitFor(async () => {
      const { position } = await reader.document('run', 'r');
      expect(position.next).toBe(2);
    });
  });
});
