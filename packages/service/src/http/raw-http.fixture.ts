import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { createHealth } from '../health.js';
import { createLogger } from '../logger.js';
import { createMetrics, type Metrics } from '../metrics.js';
import { HttpFault, type ToProblem } from './http-fault.js';
import type { HttpLimits } from './http-limits.js';
import { createHttpServer, type HttpServer } from './http-server.js';
import { boundAddress } from './listen.js';
import { addProbeRoutes } from './probe-routes.js';

export const toProblem: ToProblem = (error) => {
  if (!(error instanceof HttpFault)) return { status: 500, body: { error: 'internal' } };
  const { status, kind, message, extras, headers } = error;
  return { status, body: { ...extras, error: kind, detail: message }, headers };
};

/** A server with limits of its own, on a port of its own. */
export interface RawServer {
  app: HttpServer;
  metrics: Metrics;
  port: number;
  /** Answers `GET /held` from now on. */
  release: () => void;
}

const opened: HttpServer[] = [];

afterEach(async () => {
  for (const app of opened.splice(0)) {
    app.server.closeAllConnections();
    await app.close();
  }
});

/** A loaded machine runs late as a flooded server does; tests of that name a bound of their own. */
const LIMITS: Partial<HttpLimits> = { loopDelayMsMax: 0 };

/**
 * `POST /things` gives the body back, `GET /things/:id` its parameter, `GET /held` waits for
 * `release`, `GET /last-header` tells `z-last`, `GET /large` has 4 MiB. It is closed after the test.
 */
export async function openRawServer(limits: Partial<HttpLimits> = {}): Promise<RawServer> {
  const metrics = createMetrics('test');
  const logger = createLogger({ service: 'test', level: 'silent' });
  const app = createHttpServer({ logger, metrics, toProblem, limits: { ...LIMITS, ...limits } });
  opened.push(app);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  app.post('/things', async ({ body }) => ({ body: body === undefined ? 'none' : body }));
  app.get('/things/:id', async ({ params }) => params);
  app.get('/held', async () => {
    await held;
    return { held: true };
  });
  app.post('/held', async () => {
    await held;
    return { held: true };
  });
  app.get('/last-header', async ({ headers }) => ({ last: headers['z-last'] ?? null }));
  app.get('/large', async () => 'x'.repeat(4_194_304));
  addProbeRoutes(app, createHealth({ service: 'test', buildSha: 'x' }), metrics);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, metrics, port: Number(boundAddress(app).split(':')[1]), release };
}

/** A connection as it is, and all that came over it. */
export class RawClient {
  heard = '';
  closed = false;
  readonly socket: Socket;
  readonly #closing: Promise<void>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => (this.heard += chunk.toString('latin1')));
    this.socket.on('error', () => undefined);
    this.#closing = new Promise((resolve) => {
      this.socket.once('close', () => {
        this.closed = true;
        resolve();
      });
    });
  }

  say(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  /** A piece at a time, until the server has had enough or there is no more. */
  async trickle(bytes: string, everyMs: number): Promise<void> {
    for (const byte of bytes) {
      if (this.closed || this.heard !== '') return;
      this.socket.write(byte);
      await wait(everyMs);
    }
  }

  /** All that was heard once the server closed the connection; rejects after the bound. */
  async untilClosed(boundMs = 20_000): Promise<string> {
    const bound = new AbortController();
    const late = wait(boundMs, 'late', { signal: bound.signal }).catch(() => 'ended');
    const first = await Promise.race([this.#closing, late]);
    bound.abort();
    if (first === 'late') throw new Error(`still open after ${boundMs} ms: ${this.heard}`);
    return this.heard;
  }

  end(): void {
    this.socket.destroy();
  }
}

/** The status of every answer in what was heard. */
export const statusesIn = (heard: string): number[] =>
  [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
