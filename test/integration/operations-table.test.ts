import { createRedactionPolicy } from '@refold/redaction';
import { RULEBOOK } from '@refold/domain';
import { operationOfRoute, OPERATIONS, routePathOf, type ApiPart } from '@refold/contracts';
import { ingestRoutes, createIngest } from '@refold/ingest-api';
import { createOperating, operatorRoutes } from '@refold/operator-api';
import { createReading, readRoutes } from '@refold/read-api';
import {
  addProbeRoutes,
  createHealth,
  createHttpServer,
  createLogger,
  createMetrics,
  routesOf,
  type HttpServer,
} from '@refold/service';
import { descriptionRoutes, installationOf, machineTiming, toProblem } from '@refold/serving';
import { createRefold } from '@refold/standalone';
import { describe, expect, it } from 'vitest';
import { openMemoryPorts } from './http-stack.js';

const { log, store } = await openMemoryPorts();
const installation = installationOf('table', 1);
const logger = createLogger({ service: 'table', level: 'silent' });
const metrics = createMetrics('table');
const newHealth = () => createHealth({ service: 'table', buildSha: 'table' });
const ports = { log, store, timing: machineTiming, installation };
const waits = { waitMs: 1, waitingMax: 1, redaction: createRedactionPolicy() };

function standalone(): HttpServer {
  const health = newHealth();
  return createRefold({
    ...ports,
    ...waits,
    logger,
    metrics,
    health,
    alone: true,
    authenticator: null,
  }).app;
}

function writing(): HttpServer {
  const app = createHttpServer({ logger, metrics, toProblem });
  const { readers } = createReading(ports);
  const instance = 'table';
  ingestRoutes(app, createIngest({ ...ports, ...waits, readers, instance, logger, metrics }));
  descriptionRoutes(app, { parts: ['write'], authentication: false });
  return app;
}

function reading(): HttpServer {
  const app = createHttpServer({ logger, metrics, toProblem });
  readRoutes(app, createReading(ports));
  descriptionRoutes(app, { parts: ['read'], authentication: false });
  return app;
}

function operating(): HttpServer {
  const app = createHttpServer({ logger, metrics, toProblem });
  const reads = createReading(ports);
  const { readers } = reads;
  const instance = 'table';
  const ingest = createIngest({ ...ports, ...waits, readers, instance, logger, metrics });
  const { projections } = installation;
  operatorRoutes(
    app,
    createOperating({
      ...{ ...ports, rulebook: RULEBOOK, projections, ingest, reads },
      approval: 'not_required',
    }),
  );
  descriptionRoutes(app, { parts: ['operate'], authentication: false });
  return app;
}

/** Routes of a server without a row, and rows of its parts without a route. */
function differences(app: HttpServer, parts: readonly ApiPart[]): string[] {
  const routes = routesOf(app);
  const strays = routes
    .filter(({ method, path }) => {
      const row = operationOfRoute(method, path);
      return row === undefined || !parts.includes(row.part);
    })
    .map(({ method, path }) => `${method} ${path} has no row`);
  const missing = OPERATIONS.filter(({ part }) => parts.includes(part))
    .filter((row) => !app.hasRoute({ method: row.method, url: routePathOf(row) }))
    .map((row) => `${row.id} has no route`);
  return [...strays, ...missing];
}

const SERVERS: [string, () => HttpServer, ApiPart[]][] = [
  ['standalone', standalone, ['write', 'read', 'operate', 'description', 'process']],
  ['the server that writes', writing, ['write', 'description', 'process']],
  ['the server that reads', reading, ['read', 'description', 'process']],
  ['the server for operators', operating, ['operate', 'description', 'process']],
];

describe('the table of operations', () => {
  it.each(SERVERS)('has a row for every route of %s, and no other', (_name, serverOf, parts) => {
    const app = serverOf();
    addProbeRoutes(app, newHealth(), metrics);
    expect(routesOf(app).length).toBeGreaterThan(6);
    expect(differences(app, parts)).toEqual([]);
  });

  it('tells a route without a row, and a row without a route', () => {
    const app = standalone();
    app.get('/internal/v1/undescribed/:id', () => ({}));
    const told = differences(app, ['write', 'read', 'operate', 'description', 'process']);
    expect(told).toEqual([
      'GET /internal/v1/undescribed/:id has no row',
      'HEAD /internal/v1/undescribed/:id has no row',
      'getHealth has no route',
      'getHealthByOldName has no route',
      'getReadiness has no route',
      'getMetrics has no route',
    ]);
    expect(differences(reading(), ['read', 'write'])).toContain('createRun has no route');
    expect(differences(writing(), ['read'])).toContain('POST /internal/v1/runs has no row');
  });
});
