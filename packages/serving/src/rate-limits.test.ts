import { NO_BINDINGS, type Caller } from '@refold/auth';
import {
  addProbeRoutes,
  createHealth,
  createHttpServer,
  createLogger,
  createMetrics,
  type HttpServer,
} from '@refold/service';
import { afterEach, expect, it } from 'vitest';
import { machineTiming } from './machine-timing.js';
import { openRateLedger } from './open-rate-ledger.js';
import { toProblem } from './problem-reply.js';
import { limitRates, rateKeyOf } from './rate-limits.js';
import { guardRoutes } from './route-guard.js';

const caller = (principal: string): Caller => ({
  principal,
  scopes: new Set(['admin']),
  bindings: NO_BINDINGS,
});

let app: HttpServer;
afterEach(() => app.close());

/** A server whose callers are named by their Authorization header; without one nobody is. */
function openServer(
  config: { writeRateMax?: number; readRateMax?: number },
  authenticated = true,
  timing = machineTiming,
) {
  const metrics = createMetrics('test');
  const logger = createLogger({ service: 'test', level: 'silent' });
  app = createHttpServer({ logger, metrics, toProblem });
  const authenticate = (header: string | undefined) => caller(header ?? '');
  guardRoutes(app, authenticated ? { authenticate } : null);
  const { writeRateMax, readRateMax } = config;
  limitRates(app, {
    config: { writeRateMax, readRateMax, rateWindowMs: 60_000 },
    ledger: openRateLedger(app, { timing, logger, metrics }),
    metrics,
  });
  app.get('/thing', async () => 'read');
  app.post('/thing', async () => 'written');
  addProbeRoutes(app, createHealth({ service: 'test', buildSha: 'x' }), metrics);
  return metrics;
}

const ask = (method: 'GET' | 'POST', authorization = 'a', url = '/thing') =>
  app.inject({ method, url, headers: { authorization } });

it('refuses the write that is too many, with everything a client needs to wait', async () => {
  const metrics = openServer({ writeRateMax: 3 });
  for (let n = 0; n < 3; n++) {
    const { statusCode, headers } = await ask('POST');
    expect(statusCode).toBe(200);
    expect(headers['ratelimit']).toBe(`"writes";r=${2 - n};t=${20 * (n + 1)}`);
    expect(headers['ratelimit-policy']).toBe('"writes";q=3;w=60');
  }
  const refused = await ask('POST');
  expect(refused.statusCode).toBe(429);
  expect(refused.headers['retry-after']).toBe('20');
  expect(refused.json()).toMatchObject({
    code: 'too_many_requests',
    error: 'rate_limited',
    reason_code: 'write_rate_limited',
    max_requests: 3,
    window_ms: 60_000,
  });
  const { retry_after_ms: ms } = refused.json<{ retry_after_ms: number }>();
  expect(ms).toBeGreaterThan(15_000);
  expect(ms).toBeLessThanOrEqual(20_000);
  expect((await metrics.page()).text).toMatch(/rate_limited_total\S*kind="writes"\S* 1$/m);
});

it('asks for no second more because times are fractions', async () => {
  const nowMs = 120_000.2;
  expect(nowMs + 20_000 - nowMs, 'a time that shows it').toBeGreaterThan(20_000);
  openServer({ writeRateMax: 3 }, true, { ...machineTiming, now: () => nowMs });
  expect((await ask('POST')).headers['ratelimit']).toBe('"writes";r=2;t=20');
});

it('counts reads and writes apart, and callers apart', async () => {
  openServer({ writeRateMax: 1, readRateMax: 1 });
  expect((await ask('POST')).statusCode).toBe(200);
  expect((await ask('GET')).statusCode).toBe(200);
  expect((await ask('GET', 'a', '/nothing')).statusCode).toBe(429);
  expect((await ask('POST', 'b')).statusCode).toBe(200);
  expect((await ask('POST')).statusCode).toBe(429);
});

it('limits nothing that is not configured, and no probe', async () => {
  openServer({ writeRateMax: 1 });
  for (let n = 0; n < 5; n++) {
    const read = await ask('GET');
    expect([read.statusCode, read.headers['ratelimit']]).toEqual([200, undefined]);
    for (const probe of ['/healthz', '/readyz', '/metrics']) {
      expect((await ask('GET', 'a', probe)).statusCode).toBe(200);
    }
  }
});

it('counts by address while nobody is authenticated', async () => {
  openServer({ readRateMax: 1 }, false);
  expect((await ask('GET')).statusCode).toBe(200);
  expect((await ask('GET', 'somebody else')).statusCode).toBe(429);
});

it.each([
  ['10.0.0.1', 'address:10.0.0.1'],
  ['::ffff:10.0.0.1', 'address:10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2::'],
  ['2001:db8:1:2::9', 'address:2001:db8:1:2::'],
])('an address %s counts as %s', (ip, key) => {
  expect(rateKeyOf({ caller: null, ip })).toBe(key);
  expect(rateKeyOf({ caller: caller('sub:x'), ip })).toBe('sub:x');
});
