import { createHttpServer, createLogger, createMetrics } from '@refold/service';
import { afterAll, describe, expect, it } from 'vitest';
import { descriptionRoutes } from './description-routes.js';
import { toProblem } from './problem-reply.js';

const app = createHttpServer({
  logger: createLogger({ service: 'test', level: 'silent' }),
  metrics: createMetrics('test'),
  toProblem,
});
descriptionRoutes(app, { parts: ['read'], authentication: false });
afterAll(() => app.close());

describe('the description', () => {
  const ask = (given?: string) =>
    app.inject({
      method: 'GET',
      url: '/internal/v1/docs',
      headers: given === undefined ? {} : { 'if-none-match': given },
    });

  it.each([
    ['the tag', (tag: string) => tag, 304],
    ['the tag as a proxy weakens it', (tag: string) => `W/${tag}`, 304],
    ['one of several', (tag: string) => `"other", ${tag}`, 304],
    ['any', () => '*', 304],
    ['another', () => '"other"', 200],
  ])('is not sent again to who has it: %s', async (_name, given, status) => {
    const { etag = '' } = (await ask()).headers;
    expect((await ask(given(etag))).statusCode).toBe(status);
  });
});
