import type { Authenticator } from '@refold/auth';
import { createIngest, ingestRoutes } from '@refold/ingest-api';
import type { OperationApproval } from '@refold/contracts';
import { RULEBOOK, type Rulebook } from '@refold/domain';
import type { BreakerLimits, EventLog, Timing, ViewStore } from '@refold/pipeline';
import type { RedactionPolicy } from '@refold/redaction';
import { createProjecting } from '@refold/projector';
import { createOperating, operatorRoutes } from '@refold/operator-api';
import { createReading, readRoutes } from '@refold/read-api';
import {
  createHttpServer,
  type HttpLimits,
  type HttpServer,
  type Logger,
  type Metrics,
} from '@refold/service';
import {
  descriptionRoutes,
  guardRoutes,
  createLoginLimit,
  limitRates,
  openRateLedger,
  type RateConfig,
  type RateShare,
  toProblem,
  uuidV7,
  type Installation,
} from '@refold/serving';
import type { Health } from '@refold/service';

/** What a whole Refold in one process is built from. */
export interface RefoldPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  /** The versions of rules and views that this process has; those that are shipped unless told. */
  rulebook?: Rulebook;
  installation: Installation;
  logger: Logger;
  metrics: Metrics;
  health: Health;
  /** Tells who calls; null: nobody is asked. */
  authenticator: Authenticator | null;
  /** False: other processes fold the same projections. */
  alone: boolean;
  /** How long a request waits for its verdict unless it says otherwise, milliseconds. */
  waitMs: number;
  /** Requests that may wait at once; one more is answered with 202. */
  waitingMax: number;
  /** What is taken out of events before they are published. */
  redaction: RedactionPolicy;
  /** Whether a second principal has to agree to operations; not unless told. */
  operationsApproval?: OperationApproval;
  /** Share of the time in which read models are compared with the log, 0 to 1; off when left out. */
  verifyShare?: number;
  /** When a commit is held back that would park many streams. */
  breaker?: BreakerLimits;
  /** What the server takes; its own limits where nothing is said. */
  limits?: Partial<HttpLimits>;
  /** Most bytes one record may have; the door's own bound unless told. */
  eventBytesMax?: number;
  /** How often one caller may ask or fail to log in, and the account that is shared; absent: no limits. */
  rates?: { config: RateConfig & { authFailuresMax: number }; share: RateShare | undefined };
}

/** Everything in one process, on one port. */
export interface Refold {
  /** Not listening yet; without probes. */
  readonly app: HttpServer;
  /** Events are taken and verdicts waited for; the topics exist. Needs the log alone. */
  startTaking(): Promise<void>;
  /** Folding and reading begin. Needs log and store. */
  start(): Promise<void>;
  /** Requests that wait are answered and no others are let in to wait; bounded. */
  answerWaiting(): Promise<void>;
  /** The same, and commits under way end; bounded. */
  stop(): Promise<void>;
}

/** How long a stop waits for acknowledgements of the log, milliseconds. */
const ACKNOWLEDGEMENTS_MS = 3_000;

/** Ingest, projectors and reads over the same ports. */
export function createRefold(ports: RefoldPorts): Refold {
  const { log, store, timing, installation, logger, metrics, health, limits = {} } = ports;
  const { projections, topics } = installation;
  const { rulebook = RULEBOOK } = ports;
  const newId = (): string => uuidV7(Date.now());
  const reading = createReading({ log, store, timing, installation });
  const ingest = createIngest({
    log,
    store,
    timing,
    readers: reading.readers,
    instance: newId(),
    logger,
    metrics,
    waitMs: ports.waitMs,
    waitingMax: ports.waitingMax,
    redaction: ports.redaction,
    ...(ports.eventBytesMax === undefined ? {} : { eventBytesMax: ports.eventBytesMax }),
    ...(limits.batchBytesMax === undefined ? {} : { batchBytesMax: limits.batchBytesMax }),
  });
  const approval = ports.operationsApproval ?? 'not_required';
  const projecting = createProjecting({
    log,
    store,
    timing,
    rulebook,
    projections: Object.values(projections),
    deadLetterTopic: topics.deadLetters,
    operations: projections.operations,
    approval,
    newId,
    logger,
    metrics,
    alone: ports.alone,
    ...(ports.verifyShare === undefined ? {} : { verifyShare: ports.verifyShare }),
    ...(ports.breaker === undefined ? {} : { breaker: ports.breaker }),
  });
  for (const [name, fold] of projecting.health) {
    health.readiness(`projector_${name}`, fold.readiness);
    health.liveness(`projector_${name}`, fold.liveness);
  }
  const app = createHttpServer({ logger, metrics, toProblem, limits });
  if (ports.rates === undefined) {
    guardRoutes(app, ports.authenticator);
  } else {
    const { config, share } = ports.rates;
    const ledger = openRateLedger(app, { share, timing, logger, metrics });
    const max = config.authFailuresMax;
    guardRoutes(app, ports.authenticator, createLoginLimit({ max, ledger, metrics }));
    limitRates(app, { config, ledger, metrics });
  }
  ingestRoutes(app, ingest);
  readRoutes(app, reading);
  operatorRoutes(
    app,
    createOperating({
      ...{ log, store, timing, rulebook, projections, ingest, approval },
      reads: reading,
    }),
  );
  descriptionRoutes(app, {
    parts: ['write', 'read', 'operate', 'description', 'process'],
    authentication: ports.authenticator !== null,
  });
  const answerWaiting = async (): Promise<void> => {
    await Promise.all([ingest.stop(ACKNOWLEDGEMENTS_MS), reading.stop()]);
  };
  return {
    app,
    async startTaking() {
      await ingest.start();
      ingest.gate.open();
    },
    async start() {
      await reading.start();
      await projecting.start();
    },
    answerWaiting,
    async stop() {
      await answerWaiting();
      await projecting.stop();
    },
  };
}
