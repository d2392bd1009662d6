import { CatchingUp, StoreUnavailable, type ViewStore } from '@refold/pipeline';
import { afterEach, describe, expect, it } from 'vitest';
import { freshId } from './http-fixture.js';
import { createMemoryViewStore } from '@refold/test-kit';
import { openMemoryPorts, openStack, type HttpStack } from './http-stack.js';

let stack: HttpStack | null = null;
afterEach(async () => {
  await stack?.close();
});

/** How the ports fail; `instead`: the store that is read in place of the true one. */
interface Failing {
  log: Error | null;
  ping: string | null;
  store: Error | null;
  instead: ViewStore | null;
}

/** Where the run stands: its partition, and the next offset there. */
async function positionOf(asked: HttpStack, runId: string) {
  const { body } = await asked.get(`/runs/${runId}`);
  const [partition = -1, next] = body.run.position.split(':').map(Number);
  return { partition, next };
}

/** A stack whose ports may be made to fail. */
async function openFailing() {
  const failing: Failing = { log: null, ping: null, store: null, instead: null };
  stack = await openStack(async () => {
    const ports = await openMemoryPorts();
    const { log, store } = ports;
    const range = log.range.bind(log);
    log.range = (topic, partition) =>
      failing.log === null ? range(topic, partition) : Promise.reject(failing.log);
    log.ping = () => Promise.resolve(failing.ping);
    const read = store.read.bind(store);
    store.read = (slot, reads) =>
      failing.store === null
        ? (failing.instead?.read(slot, reads) ?? read(slot, reads))
        : Promise.reject(failing.store);
    return ports;
  });
  return { stack, failing };
}

describe('reads', () => {
  it('say that the store is away, and when to come back', async () => {
    const { stack: asked, failing } = await openFailing();
    const runId = freshId('away');
    await asked.post('/runs', { run_id: runId });
    failing.store = new StoreUnavailable('redis is away');
    for (const path of [
      `/runs/${runId}`,
      '/runs',
      `/runs/${runId}/events`,
      `/runs/${runId}/receipt`,
    ]) {
      const reply = await asked.get(path);
      expect([reply.status, reply.body.code]).toEqual([503, 'store_unavailable']);
      expect(reply.headers['retry-after']).toBe('2');
    }
    failing.store = null;
    expect((await asked.get(`/runs/${runId}`)).status).toBe(200);
  });

  it('say that the store is behind what was served already', async () => {
    const { stack: asked, failing } = await openFailing();
    failing.store = new CatchingUp(1, 9, 4);
    const reply = await asked.get('/runs/r');
    expect([reply.status, reply.body.code, reply.headers['retry-after']]).toEqual([
      503,
      'catching_up',
      '1',
    ]);
  });

  it('go on without the log, all but its ends', async () => {
    const { stack: asked, failing } = await openFailing();
    const runId = freshId('log');
    await asked.post('/runs', { run_id: runId });
    failing.log = new Error('no broker answers');
    expect((await asked.get(`/runs/${runId}`)).status).toBe(200);
    const reply = await asked.get('/projectors');
    expect(reply.status).toBe(200);
    const partitions = reply.body.projectors.flatMap((one) => one.partitions);
    const { partition } = await positionOf(asked, runId);
    expect(partitions[partition]).toMatchObject({ checkpoint: 1, end: null, lag_events: null });
    expect(partitions[partition]?.reason).toContain('no broker answers');
    failing.log = null;
    failing.ping = 'the broker is away';
    const asleep = await asked.get('/projectors');
    expect(asleep.body.projectors[1]?.partitions[0]).toMatchObject({
      end: null,
      lag_seconds: null,
      reason: 'the log does not answer: the broker is away',
    });
  });

  it('tell how far a read model is that is being rebuilt', async () => {
    const { stack: asked, failing } = await openFailing();
    const runId = freshId('rebuilt');
    await asked.post('/runs', { run_id: runId });
    const { partition } = await positionOf(asked, runId);
    const empty = createMemoryViewStore();
    failing.instead = empty;
    expect((await asked.get(`/runs/${runId}`)).body.code).toBe('catching_up');
    const reply = await asked.get('/projectors');
    expect(reply.status).toBe(200);
    expect(reply.body.projectors[0]?.partitions[partition]).toMatchObject({
      checkpoint: null,
      end: 1,
      lag_events: 1,
    });
    failing.instead = null;
  });
});
