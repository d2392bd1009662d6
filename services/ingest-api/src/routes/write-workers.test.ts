import { StoreUnavailable } from '@refold/pipeline';
import { createHttpServer, createLogger, createMetrics } from '@refold/service';
import { guardRoutes, toProblem } from '@refold/serving';
import { expect, it } from 'vitest';
import type { Ingest } from '../ingest.js';
import { writeWorkerRoutes } from './write-workers.js';

const DECIDED = {
  kind: 'decided',
  place: { partition: 2, offset: 40 },
  seq: 3,
  recordedAt: 0,
  replayed: false,
  status: 'running',
  lastSeq: 3,
} as const;

/** A door whose claims are all accepted, over a store that is gone since. */
const ingestWithoutStore = {
  waitMs: 1_000,
  newId: () => '01890000-0000-7000-8000-000000000001',
  nowMs: () => 0,
  submission: {
    admission: () => null,
    submit: () => Promise.resolve(DECIDED),
  },
  readers: {
    worker: { document: () => Promise.reject(new StoreUnavailable('the store went away')) },
  },
} as unknown as Ingest;

it('answers an accepted write although the worker cannot be read any more', async () => {
  const app = createHttpServer({
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
    toProblem,
  });
  guardRoutes(app, null);
  writeWorkerRoutes(app, ingestWithoutStore);
  for (const [path, status] of [
    ['/internal/v1/workers', 201],
    ['/internal/v1/workers/w1/heartbeat', 200],
  ] as const) {
    const reply = await app.inject({ method: 'POST', url: path, payload: { owner_user_id: 7 } });
    expect(reply.statusCode).toBe(status);
    expect(reply.json()).toMatchObject({
      worker: { worker: { status: 'running', latest_seq: 3 } },
      seq: 3,
      verdict: 'accepted',
      event_id: '01890000-0000-7000-8000-000000000001',
      position: '2:41',
    });
  }
  await app.close();
});
