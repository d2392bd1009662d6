import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.js';
import { refuseOnSocket } from './client-error.js';
import { HttpFault, type ToProblem } from './http-fault.js';
import type { HttpLimits } from './http-limits.js';
import { declaredBytes } from './request-checks.js';

/** How often requests that take too long are looked for, milliseconds. */
const TIMEOUT_CHECK_MS = 1_000;

/** Idle connections are closed at most this often to make room, milliseconds. */
const MAKE_ROOM_MS = 1_000;

const METHODS = 'GET, HEAD, POST, OPTIONS';

/** Makes room for new connections, probes among them, when all are taken. */
function makeRoom(server: Server, metrics: Metrics): void {
  let madeAtMs = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    metrics.httpDropped.inc();
    const nowMs = performance.now();
    if (nowMs - madeAtMs < MAKE_ROOM_MS) return;
    madeAtMs = nowMs;
    server.closeIdleConnections();
  });
}

/** What a server is opened with. */
export interface ServerOptions {
  limits: HttpLimits;
  metrics: Metrics;
  toProblem: ToProblem;
}

/**
 * A server that bounds connections and headers, asks for an announced body only if it may come, and
 * answers expectations and methods that no route sees. Whatever Node would answer without a problem
 * document is left to `listener`.
 */
export function openServer(listener: RequestListener, options: ServerOptions): Server {
  const { limits, metrics, toProblem } = options;
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: Math.min(limits.headerMsMax, limits.requestMsMax),
      requestTimeout: limits.requestMsMax,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      keepAliveTimeout: limits.keepAliveMs,
      requireHostHeader: false,
    },
    listener,
  );
  server.setTimeout(limits.stillMsMax);
  server.maxConnections = limits.connectionsMax;
  // Node drops further headers in silence; their bytes are bounded already.
  server.maxHeadersCount = 0;
  makeRoom(server, metrics);

  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if ((declaredBytes(request) ?? 0) <= limits.batchBytesMax) response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const message = `expected 100-continue or no Expect header, not "${request.headers.expect ?? ''}"`;
    const problem = toProblem(new HttpFault('expectation_failed', message), '');
    response.writeHead(problem.status, {
      'content-type': 'application/problem+json',
      connection: 'close',
    });
    response.end(JSON.stringify(problem.body));
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    const headers = { allow: METHODS };
    const fault = new HttpFault('method_not_allowed', 'this is no proxy', { headers });
    // Node has let go of this socket: nobody else hears its errors or closes it when the server stops.
    socket.on('error', () => socket.destroy());
    refuseOnSocket(fault, socket, toProblem);
    socket.destroySoon();
  });
  return server;
}
