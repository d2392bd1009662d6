import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { addAdmission } from './admission-hooks.js';
import { createRouteBook, type Route, type RouteBook } from './allowed-methods.js';
import { addBodyParsers } from './body-parsers.js';
import { refuseOnSocket } from './client-error.js';
import { openServer } from './connection-manners.js';
import { faultOf, HttpFault, isAboutBody, type ToProblem } from './http-fault.js';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.js';
import { checkRequest, leavesBody } from './request-checks.js';
import { targetPath } from './target.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered whatever the load is. */
    neverShed?: boolean;
  }
}

/** The server all services build on. Routes get parsed JSON and validate it themselves. */
export type HttpServer = FastifyInstance;

/** What a server is built from. */
export interface HttpServerOptions {
  logger: Logger;
  metrics: Metrics;
  toProblem: ToProblem;
  /** What it takes from clients; {@link HTTP_LIMITS} where nothing is said. */
  limits?: Partial<HttpLimits>;
}

/** Parameters longer than any ID still reach their route, which names the field it refuses. */
const PARAM_LENGTH_MAX = 1_024;

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

const requestIdOf = (request: IncomingMessage): string => {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
};

const CUT_OFF = new HttpFault('invalid_request', 'the connection ended before the request did');

/** The client left in the middle of its request: nobody reads the answer, and nothing is broken here. */
const isCutOff = ({ raw }: FastifyRequest): boolean => raw.destroyed && !raw.complete;

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';

/** The histogram of a kind of request. Looking it up by its labels costs more than counting does. */
function requestSeconds({ httpRequests }: Metrics) {
  const known = new Map<string, { observe(seconds: number): void }>();
  return (method: string, route: string, status: number) => {
    const statusClass = `${Math.trunc(status / 100)}xx`;
    const name = `${method} ${statusClass} ${route}`;
    let histogram = known.get(name);
    if (histogram === undefined) {
      histogram = httpRequests.labels({ method, route, status_class: statusClass });
      known.set(name, histogram);
    }
    return histogram;
  };
}

const books = new WeakMap<HttpServer, RouteBook>();

/** Every route of a server, HEAD beside each GET. */
export const routesOf = (app: HttpServer): Route[] => books.get(app)?.routes() ?? [];

/**
 * A fastify server with our manners: no coercion, every refusal a problem document, `x-request-id`
 * echoed or made, 405 with `Allow`, OPTIONS answered, HEAD for every GET, all waits bounded.
 * `close()` stops listening, closes idle connections and waits for requests in flight.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { logger, metrics, toProblem } = options;
  const limits: HttpLimits = { ...HTTP_LIMITS, ...options.limits };

  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(isCutOff(request) ? CUT_OFF : faultOf(error), request.id);
    if (problem.status === 500)
      logger.error({ err: error, request_id: request.id }, 'a request failed');
    if (leavesBody(request.raw)) reply.header('connection', 'close');
    return reply
      .code(problem.status)
      .headers({ 'x-request-id': request.id, ...problem.headers })
      .type('application/problem+json')
      .send(JSON.stringify(problem.body));
  };

  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    genReqId: requestIdOf,
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    serverFactory: (listener) => openServer(listener, { limits, metrics, toProblem }),
    rewriteUrl: ({ url = '' }) => targetPath(url),
    frameworkErrors: (error, request, reply) => {
      void refuse(error, request, reply);
    },
    clientErrorHandler: (error, socket) => refuseOnSocket(error, socket, toProblem),
  });
  addBodyParsers(app, limits.batchBytesMax);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    checkRequest(request.raw, limits.urlLengthMax);
    done();
  });
  addAdmission(app, limits, metrics);
  const seconds = requestSeconds(metrics);
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    seconds(request.method, route, reply.statusCode).observe(reply.elapsedTime / 1_000);
    done();
  });

  const book = createRouteBook();
  books.set(app, book);
  app.addHook('onRoute', ({ url, method }) => book.add(url, [method].flat()));
  const notHere = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = pathOf(request);
    const allowed = book.allowed(path);
    if (allowed.length === 0)
      return refuse(new HttpFault('not_found', `nothing is at ${path}`), request, reply);
    const allow = [...allowed, 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    const fault = new HttpFault(
      'method_not_allowed',
      `${path} takes ${allow}, not ${request.method}`,
      {
        headers: { allow },
      },
    );
    return refuse(fault, request, reply);
  };
  app.setErrorHandler((error, request, reply) =>
    request.is404 && isAboutBody(error) ? notHere(request, reply) : refuse(error, request, reply),
  );
  app.setNotFoundHandler(notHere);
  return app;
}
