import { CatchingUp, StoreUnavailable } from '@refold/pipeline';
import { afterEach, describe, expect, it } from 'vitest';
import { freshId } from './http-fixture.js';
import { openMemoryPorts, openStack, type HttpStack } from './http-stack.js';

let stack: HttpStack | null = null;
afterEach(async () => {
  await stack?.close();
});

/** A stack whose ports may be made to fail. */
async function openFailing() {
  const failing: { log: Error | null; store: Error | null } = { log: null, store: null };
  stack = await openStack(async () => {
    const ports = await openMemoryPorts();
    const { log, store } = ports;
    const range = log.range.bind(log);
    log.range = (topic, partition) =>
      failing.log === null ? range(topic, partition) : Promise.reject(failing.log);
    const read = store.read.bind(store);
    store.read = (slot, reads) =>
      failing.store === null ? read(slot, reads) : Promise.reject(failing.store);
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
    expect([reply.status, reply.body.code]).toEqual([503, 'log_unavailable']);
    expect(reply.body.detail).toContain('no broker answers');
  });
});
