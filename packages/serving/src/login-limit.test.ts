import { NO_BINDINGS, type Authenticator } from '@refold/auth';
import { ProblemError } from '@refold/contracts';
import { createHttpServer, createLogger, createMetrics } from '@refold/service';
import { afterEach, describe, expect, it } from 'vitest';
import { createLoginLimit } from './login-limit.js';
import { createRateLedger, type RateShare } from './rate-ledger.js';
import { toProblem } from './problem-reply.js';
import { guardRoutes } from './route-guard.js';

const MAX = 3;
const PAUSE_MS = 60_000 / MAX;

/** A clock that only the test moves; `rounds` are what waits for it. */
let nowMs = 0;
let rounds: (() => void)[] = [];
const timing = {
  now: () => nowMs,
  sleep: () => Promise.resolve(),
  after(_ms: number, action: () => void) {
    rounds.push(action);
    return () => undefined;
  },
  tick: () => Promise.resolve(),
};
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  nowMs = 0;
  rounds = [];
  for (const close of closers.splice(0)) await close();
});

/** Knows `good`, at once or later; is away for `away`; everybody else is nobody. */
const authenticator: Authenticator = {
  authenticate(header) {
    const caller = {
      principal: 'sub:a',
      scopes: new Set(['read'] as const),
      bindings: NO_BINDINGS,
    };
    if (header === 'good') return caller;
    if (header === 'good later') return Promise.resolve(caller);
    if (header === 'away') throw new ProblemError('auth_unavailable', { detail: 'away' });
    const refusal = new ProblemError('unauthorized', {
      detail: 'nobody',
      extras: { reason_code: 'invalid_key' },
    });
    if (header === 'bad later') return Promise.reject(refusal);
    throw refusal;
  },
};

function open(share?: RateShare) {
  const metrics = createMetrics('test');
  const logger = createLogger({ service: 'test', level: 'silent' });
  const app = createHttpServer({ logger, metrics, toProblem });
  const ledger = createRateLedger({ timing, share });
  guardRoutes(app, authenticator, createLoginLimit({ max: MAX, ledger, metrics }));
  app.get('/internal/v1/runs', async () => 'read');
  app.post('/internal/v1/runs', async () => 'written');
  closers.push(() => app.close());
  const ask = async (
    authorization: string,
    remoteAddress = '10.0.0.1',
    method: 'GET' | 'POST' = 'GET',
  ) => {
    const url = '/internal/v1/runs';
    return app.inject({ method, url, remoteAddress, headers: { authorization } });
  };
  const status = async (...args: Parameters<typeof ask>) => (await ask(...args)).statusCode;
  return { metrics, ask, status };
}

describe('failed logins of one address', () => {
  it.each(['bad', 'bad later'])('are answered 429 when there are too many: %s', async (header) => {
    const { ask, status, metrics } = open();
    for (let n = 0; n < MAX; n++) expect(await status(header)).toBe(401);
    const refused = await ask(header);
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe(String(PAUSE_MS / 1_000));
    expect(refused.headers['www-authenticate']).toBeUndefined();
    expect(refused.json()).toMatchObject({
      code: 'too_many_requests',
      reason_code: 'login_rate_limited',
      max_requests: MAX,
      window_ms: 60_000,
      retry_after_ms: PAUSE_MS,
    });
    expect((await metrics.page()).text).toMatch(/rate_limited_total\S*kind="logins"\S* 1$/m);
  });

  it('do not keep good credentials of the same address out, and these count for nothing', async () => {
    const { status } = open();
    for (let n = 0; n < 2 * MAX; n++) expect(await status('good')).toBe(200);
    for (let n = 0; n < 2 * MAX; n++) expect(await status('bad')).toBe(n < MAX ? 401 : 429);
    expect(await status('good')).toBe(200);
    expect(await status('good later')).toBe(200);
  });

  it('are told apart from what is forbidden, and from an outage', async () => {
    const { status } = open();
    for (let n = 0; n < 2 * MAX; n++) {
      expect(await status('good', '10.0.0.1', 'POST')).toBe(403);
      expect(await status('away')).toBe(503);
    }
    expect(await status('bad')).toBe(401);
  });

  it('are counted apart from those of others, and a network of IPv6 as one', async () => {
    const { status } = open();
    for (let n = 0; n < MAX; n++) expect(await status('bad', '2001:db8::1')).toBe(401);
    expect(await status('bad', '2001:db8::2')).toBe(429);
    expect(await status('bad', '2001:db8:0:1::1')).toBe(401);
    expect(await status('bad', '10.0.0.1')).toBe(401);
  });

  it('are answered 401 again once the time that was told is over', async () => {
    const { status } = open();
    for (let n = 0; n < MAX; n++) await status('bad');
    nowMs += PAUSE_MS - 1;
    expect(await status('bad')).toBe(429);
    nowMs += 1;
    expect(await status('bad')).toBe(401);
    expect(await status('bad')).toBe(429);
  });

  it('are counted by all instances together', async () => {
    const spent = new Map<string, number>();
    const share: RateShare = {
      async add(more) {
        for (const [key, ms] of more) spent.set(key, (spent.get(key) ?? 0) + ms);
        return new Map([...more.keys()].map((key) => [key, spent.get(key) ?? 0]));
      },
    };
    const round = async () => {
      for (const action of rounds.splice(0)) action();
      await new Promise(setImmediate);
    };
    const [one, other] = [open(share), open(share)];
    expect(await one.status('bad')).toBe(401);
    expect(await one.status('bad')).toBe(401);
    await round();
    expect(await other.status('bad')).toBe(401);
    await round();
    expect(await other.status('bad')).toBe(429);
  });
});
