import { describe, expect, it } from 'vitest';
import { createHealth } from './health.js';

describe('createHealth', () => {
  it('tells who it is and for how long it runs', async () => {
    let now = 1_000;
    const health = createHealth({ service: 'ingest-api', buildSha: 'abc', nowMs: () => now });
    now += 2_500;
    expect(await health.healthz()).toEqual({
      status: 200,
      body: { status: 'ok', service: 'ingest-api', build_sha: 'abc', uptime_seconds: 2 },
    });
  });

  it('is ready only when every check is, and names the reasons', async () => {
    const health = createHealth({ service: 's', buildSha: 'b' });
    health.readiness('event_log', () => null);
    health.readiness('view_store', async () => 'Redis at localhost:6379 does not answer');
    health.readiness('workers', () => Promise.reject(new Error('broken')));
    expect(await health.readyz()).toEqual({
      status: 503,
      body: {
        status: 'not_ready',
        event_log_ready: true,
        view_store_ready: false,
        workers_ready: false,
        reasons: { view_store: 'Redis at localhost:6379 does not answer', workers: 'broken' },
      },
    });
  });

  it('stays ready without what it can do without, and tells that', async () => {
    const health = createHealth({ service: 's', buildSha: 'b' });
    let away: string | null = 'Redis does not answer';
    health.readiness('event_log', () => null);
    health.degradation('view_store', () => away);
    expect(await health.readyz()).toEqual({
      status: 200,
      body: {
        status: 'ready',
        event_log_ready: true,
        degraded: { view_store: 'Redis does not answer' },
      },
    });
    away = null;
    expect((await health.readyz()).body).toEqual({ status: 'ready', event_log_ready: true });
  });

  it('keeps liveness and readiness apart, and refuses two checks of one name', async () => {
    const health = createHealth({ service: 's', buildSha: 'b' });
    health.liveness('checkpoint', () => 'stands still');
    expect((await health.healthz()).body).toMatchObject({
      status: 'failing',
      reasons: { checkpoint: 'stands still' },
    });
    expect((await health.readyz()).status).toBe(200);
    expect(() => health.liveness('checkpoint', () => null)).toThrow('second health check');
  });
});
