import { expect, it } from 'vitest';
import { createHealth } from '../health.js';
import { createLogger } from '../logger.js';
import { createMetrics } from '../metrics.js';
import { createHttpServer } from './http-server.js';
import { addProbeRoutes } from './probe-routes.js';

it('asks its backends once for however many ask /readyz, and again later', async () => {
  const metrics = createMetrics('test');
  const app = createHttpServer({
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics,
    toProblem: () => ({ status: 500, body: {} }),
  });
  const health = createHealth({ service: 'test', buildSha: 'x' });
  let asked = 0;
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  health.readiness('event_log', async () => {
    asked += 1;
    await held;
    return null;
  });
  addProbeRoutes(app, health, metrics);
  const ask = () => app.inject({ method: 'GET', url: '/readyz' });
  const replies = Array.from({ length: 100 }, ask);
  await expect.poll(() => asked).toBe(1);
  answer();
  for (const { statusCode } of await Promise.all(replies)) expect(statusCode).toBe(200);
  expect(asked).toBe(1);
  await expect.poll(async () => ((await ask()).statusCode, asked)).toBe(2);
  await app.close();
});
