import { randomUUID } from 'node:crypto';
import type { OperationApproval, OperationWithPlanReply } from '@refold/contracts';
import { RULEBOOK, type Rulebook } from '@refold/domain';
import { createIngest, ingestRoutes } from '@refold/ingest-api';
import { createOperating, operatorRoutes } from '@refold/operator-api';
import type { EventLog } from '@refold/pipeline';
import { createProjecting, type Projecting } from '@refold/projector';
import { createReading } from '@refold/read-api';
import { createRedactionPolicy } from '@refold/redaction';
import { createHttpServer, createLogger, createMetrics } from '@refold/service';
import {
  guardRoutes,
  installationOf,
  machineTiming,
  toProblem,
  uuidV7,
  type Installation,
} from '@refold/serving';
import { tokenOf, type TokenClaims } from '@refold/test-kit';
import { expect, vi } from 'vitest';
import type { OpenPorts, StackPorts } from './http-stack.js';
import { tableAuthenticator } from './table-authenticator.js';

/** Partitions of every topic. */
export const PARTITIONS = 4;

const WAIT = { timeout: 30_000, interval: 50 };

/** An answer of the operator API. */
export interface OperatorAnswer {
  status: number;
  body: OperationWithPlanReply & {
    code: string;
    detail?: string;
    running_operation_id?: string;
    changes?: { code: string }[];
    transition?: string;
  };
}

/** The doors over one log and store, where projectors of runs come and go as a test says. */
export interface OperatorWorld extends StackPorts {
  installation: Installation;
  ask(
    who: TokenClaims,
    path: string,
    body?: object,
    method?: 'GET' | 'POST',
    headers?: Record<string, string>,
  ): Promise<OperatorAnswer>;
  /** Stops folding operations; the answer folds them again. */
  holdOperations(): Promise<() => Promise<void>>;
  /** Folds runs until it is stopped. */
  foldRuns(log?: EventLog, build?: Rulebook): Promise<Projecting>;
  /** Waits until an operation satisfies what is asked of it. */
  until(
    id: string,
    check: (operation: OperationWithPlanReply) => void,
  ): Promise<OperationWithPlanReply>;
}

/** Callers of the tests. */
export const ANN: TokenClaims = { sub: 'ann', scope: 'operate ingest read' };
export const BOB: TokenClaims = { sub: 'bob', scope: 'operate' };

export async function openOperators(
  open: OpenPorts,
  approval: OperationApproval = 'not_required',
  rulebook: Rulebook = RULEBOOK,
): Promise<OperatorWorld> {
  const ports = await open();
  const { log, store } = ports;
  const installation = installationOf(`operators-${randomUUID()}`, PARTITIONS);
  const { projections, topics } = installation;
  await log.ensureTopics(installation.specs);
  const logger = createLogger({ service: 'operators', level: 'silent' });
  const shared = { log, store, timing: machineTiming, rulebook, installation, logger };
  const reads = createReading(shared);
  const ingest = createIngest({
    ...shared,
    metrics: createMetrics('operators'),
    readers: reads.readers,
    instance: randomUUID(),
    waitMs: 20_000,
    waitingMax: 1_000,
    redaction: createRedactionPolicy(),
  });
  const folding = (
    names: readonly ('runs' | 'operations')[],
    through: EventLog,
    build = rulebook,
  ): Projecting =>
    createProjecting({
      ...shared,
      log: through,
      rulebook: build,
      metrics: createMetrics('operators'),
      projections: names.map((name) => projections[name]),
      deadLetterTopic: topics.deadLetters,
      operations: projections.operations,
      approval,
      newId: () => uuidV7(Date.now()),
      alone: false,
    });
  const app = createHttpServer({ logger, metrics: createMetrics('operators'), toProblem });
  guardRoutes(app, tableAuthenticator());
  ingestRoutes(app, ingest);
  operatorRoutes(app, createOperating({ ...shared, projections, ingest, reads, approval }));
  let operations = folding(['operations'], log);
  await reads.start();
  await ingest.start();
  ingest.gate.open();
  await operations.start();
  await app.ready();
  const begun: Projecting[] = [];

  const ask: OperatorWorld['ask'] = async (who, path, body, method = 'POST', headers = {}) => {
    const reply = await app.inject({
      method,
      url: `/internal/v1${path}`,
      headers: { authorization: `Bearer ${tokenOf(who)}`, ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: reply.statusCode, body: reply.json() };
  };

  return {
    ...ports,
    installation,
    ask,
    async holdOperations() {
      await operations.stop();
      return async () => {
        operations = folding(['operations'], log);
        await operations.start();
      };
    },
    async foldRuns(through = log, build = rulebook) {
      const projecting = folding(['runs'], through, build);
      await projecting.start();
      begun.push(projecting);
      return projecting;
    },
    until: (id, check) =>
      vi.waitFor(async () => {
        const { status, body } = await ask(ANN, `/operations/${id}`, undefined, 'GET');
        expect(status).toBe(200);
        check(body);
        return body;
      }, WAIT),
    async close() {
      await app.close();
      await ingest.stop(1_000);
      await reads.stop();
      for (const projecting of [...begun, operations]) await projecting.stop();
      await ports.close();
    },
  };
}
