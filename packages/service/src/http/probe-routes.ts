import type { Health } from '../health.js';
import type { Metrics } from '../metrics.js';
import { sharedAnswer } from '../shared-answer.js';
import type { HttpServer } from './http-server.js';

/** Who asks these decides whether the process goes on: they are answered whatever the load is. */
const PROBE = { config: { neverShed: true } };

/** Where clients of the original ask for health; the answer is that of `/healthz`. */
const HEALTH_PATH = '/internal/v1/health';

/** How long one answer of `/readyz` is given to all, milliseconds: anybody may ask, and each ask goes to the backends. */
const READY_MS = 250;

/** Adds `/healthz`, `/internal/v1/health`, `/readyz` and `/metrics`. None of them needs authentication. */
export function addProbeRoutes(app: HttpServer, health: Health, metrics: Metrics): void {
  for (const path of ['/healthz', HEALTH_PATH]) {
    app.get(path, PROBE, async (_request, reply) => {
      const { status, body } = await health.healthz();
      return reply.code(status).header('cache-control', 'no-store').send(body);
    });
  }
  const readyz = sharedAnswer(
    () => health.readyz(),
    READY_MS,
    () => performance.now(),
  );
  app.get('/readyz', PROBE, async (_request, reply) => {
    const { status, body } = await readyz();
    return reply.code(status).header('cache-control', 'no-store').send(body);
  });
  app.get('/metrics', PROBE, async (_request, reply) => {
    const { contentType, text } = await metrics.page();
    return reply.type(contentType).send(text);
  });
}
