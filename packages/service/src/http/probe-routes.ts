import type { Health } from '../health.js';
import type { Metrics } from '../metrics.js';
import type { HttpServer } from './http-server.js';

/** Adds `/healthz`, `/readyz` and `/metrics`. None of them needs authentication. */
export function addProbeRoutes(app: HttpServer, health: Health, metrics: Metrics): void {
  app.get('/healthz', async (_request, reply) => {
    const { status, body } = await health.healthz();
    return reply.code(status).header('cache-control', 'no-store').send(body);
  });
  app.get('/readyz', async (_request, reply) => {
    const { status, body } = await health.readyz();
    return reply.code(status).header('cache-control', 'no-store').send(body);
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.page();
    return reply.type(contentType).send(text);
  });
}
