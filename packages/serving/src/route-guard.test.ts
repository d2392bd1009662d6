import { NO_BINDINGS, type Authenticator, type Caller } from '@refold/auth';
import { ProblemError, type Scope } from '@refold/contracts';
import { createHttpServer, createLogger, createMetrics, type HttpServer } from '@refold/service';
import { describe, expect, it } from 'vitest';
import { toProblem } from './problem-reply.js';
import { guardRoutes } from './route-guard.js';

const callerOf = (...scopes: Scope[]): Caller => ({
  principal: `sub:${scopes.join('+')}`,
  scopes: new Set(scopes),
  bindings: NO_BINDINGS,
});

/** Knows `Bearer <scope>` at once and `Later <scope>` after a while. */
const authenticator: Authenticator = {
  authenticate(authorization) {
    const [scheme, scope] = (authorization ?? '').split(' ');
    if (scheme === 'Bearer') return callerOf(scope as Scope);
    if (scheme === 'Later') return Promise.resolve(callerOf(scope as Scope));
    if (scheme === 'Broken') return Promise.reject(new Error('the authenticator broke'));
    throw new ProblemError('unauthorized', {
      detail: 'There is no credential.',
      extras: { reason_code: 'missing_authorization' },
    });
  },
};

function serverWith(guard: Authenticator | null): HttpServer {
  const app = createHttpServer({
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
    toProblem,
  });
  guardRoutes(app, guard);
  const answer = async ({ caller }: { caller: Caller | null }) => ({
    principal: caller?.principal ?? null,
  });
  for (const path of [
    '/healthz',
    '/readyz',
    '/metrics',
    '/internal/v1/projectors',
    '/internal/v1/runs',
    '/internal/v1/receipts/:receipt',
    '/undescribed',
  ]) {
    app.get(path, answer);
  }
  app.post('/internal/v1/runs', answer);
  return app;
}

describe('a guarded server', () => {
  const app = serverWith(authenticator);
  const ask = (method: 'GET' | 'POST' | 'HEAD', url: string, authorization?: string) =>
    app.inject({ method, url, headers: authorization === undefined ? {} : { authorization } });

  it.each(['/healthz', '/readyz'])('answers %s without a credential', async (path) => {
    expect((await ask('GET', path)).statusCode).toBe(200);
  });

  it.each([
    ['GET', '/metrics'],
    ['GET', '/internal/v1/projectors'],
    ['GET', '/internal/v1/runs'],
    ['HEAD', '/internal/v1/runs'],
    ['POST', '/internal/v1/runs'],
    ['POST', '/healthz'],
    ['GET', '/nothing'],
  ] as const)('refuses %s %s without a credential', async (method, path) => {
    const reply = await ask(method, path);
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="refold"');
  });

  it.each(['ingest', 'read'])('lets %s alone read receipts', async (scope) => {
    expect((await ask('GET', '/internal/v1/receipts/x', `Bearer ${scope}`)).statusCode).toBe(200);
    expect((await ask('GET', '/internal/v1/receipts/x', 'Bearer operate')).statusCode).toBe(403);
  });

  it.each([
    ['GET', '/internal/v1/runs', 'read'],
    ['HEAD', '/internal/v1/runs', 'read'],
    ['POST', '/internal/v1/runs', 'ingest'],
    ['GET', '/metrics', 'operate'],
    ['GET', '/internal/v1/projectors', 'operate'],
  ] as const)(
    'lets %s %s through with the scope %s or admin alone',
    async (method, path, needed) => {
      for (const scope of ['ingest', 'read', 'operate', 'admin']) {
        const isEnough = scope === needed || scope === 'admin';
        for (const scheme of ['Bearer', 'Later']) {
          const reply = await ask(method, path, `${scheme} ${scope}`);
          expect(reply.statusCode, `${scheme} ${scope}`).toBe(isEnough ? 200 : 403);
          if (isEnough) continue;
          expect(reply.headers['www-authenticate']).toBe(
            `Bearer realm="refold", error="insufficient_scope", scope="${needed}"`,
          );
        }
      }
    },
  );

  it('tells the route who calls', async () => {
    expect((await ask('GET', '/internal/v1/runs', 'Bearer read')).json()).toEqual({
      principal: 'sub:read',
    });
    expect((await ask('GET', '/internal/v1/runs', 'Later read')).json()).toEqual({
      principal: 'sub:read',
    });
  });

  it('tells whoever has a credential that nothing is there', async () => {
    expect((await ask('GET', '/nothing', 'Bearer read')).statusCode).toBe(404);
    expect((await ask('POST', '/healthz', 'Bearer read')).statusCode).toBe(405);
  });

  it('lets nobody through when the authenticator breaks', async () => {
    expect((await ask('GET', '/internal/v1/runs', 'Broken read')).statusCode).toBe(500);
  });
});

describe('a server without authentication', () => {
  it('lets everybody through, as nobody', async () => {
    const reply = await serverWith(null).inject({ method: 'POST', url: '/internal/v1/runs' });
    expect(reply.json()).toEqual({ principal: null });
  });
});
