import { RULEBOOK } from '@refold/domain';
import { createIngest, redactionOf } from '@refold/ingest-api';
import { createReading } from '@refold/read-api';
import {
  addProbeRoutes,
  createHealth,
  createHttpServer,
  createMetrics,
  httpStep,
  type EndProcess,
  type Logger,
  type Step,
} from '@refold/service';
import {
  backendsStep,
  createLoginLimit,
  descriptionRoutes,
  engineStep,
  guardRoutes,
  httpLimitsOf,
  installationOf,
  limitRates,
  logCheck,
  machineTiming,
  openAuthenticator,
  openBackends,
  openRateLedger,
  storeCheck,
  toProblem,
  uuidV7,
  waitingStep,
} from '@refold/serving';
import type { OperatorApiConfig } from './config.js';
import { createOperating } from './operating.js';
import { operatorRoutes } from './operator-routes.js';

const timing = machineTiming;

/** How long a stop waits for acknowledgements of the log, milliseconds. */
const ACKNOWLEDGEMENTS_MS = 3_000;

/** The parts of the process in start order: backends, the door, HTTP. A plan needs the log and the store. */
export async function operatorSteps(
  config: OperatorApiConfig,
  logger: Logger,
  end: EndProcess,
): Promise<Step[]> {
  const installation = installationOf(config.topicPrefix, config.partitions);
  const { projections } = installation;
  const metrics = createMetrics(config.serviceName);
  const health = createHealth({ service: config.serviceName, buildSha: config.buildSha });
  const backends = await openBackends(config, logger, end);
  const { log, store } = backends;
  const reading = createReading({ log, store, timing, installation });
  const ingest = createIngest({
    log,
    store,
    timing,
    readers: reading.readers,
    instance: uuidV7(Date.now()),
    logger,
    metrics,
    waitMs: config.waitMs,
    waitingMax: config.waitingMax,
    redaction: redactionOf(config),
    eventBytesMax: config.eventBytesMax,
  });
  const operating = createOperating({
    log,
    store,
    timing,
    rulebook: RULEBOOK,
    projections,
    ingest,
    reads: reading,
    approval: config.operationsApproval,
  });
  const app = createHttpServer({ logger, metrics, toProblem, limits: httpLimitsOf(config) });
  const authenticator = await openAuthenticator(config, backends.uses, logger, health);
  const ledger = openRateLedger(app, { share: backends.rates, timing, logger, metrics });
  const max = config.authFailuresMax;
  guardRoutes(app, authenticator, createLoginLimit({ max, ledger, metrics }));
  limitRates(app, { config, ledger, metrics });
  operatorRoutes(app, operating);
  descriptionRoutes(app, {
    parts: ['operate', 'description', 'process'],
    authentication: authenticator !== null,
  });
  addProbeRoutes(app, health, metrics);

  const streamTopics = new Set(Object.values(projections).map(({ topic }) => topic));
  const specs = installation.specs
    .filter(({ name }) => streamTopics.has(name))
    .map((spec) =>
      spec.name === projections.operations.topic
        ? { ...spec, recordBytes: config.eventBytesMax }
        : spec,
    );
  const answerWaiting = async (): Promise<void> => {
    await Promise.all([ingest.stop(ACKNOWLEDGEMENTS_MS), reading.stop()]);
  };
  const engine = engineStep({
    backends: [
      { check: logCheck(log, specs), readiness: 'event_log', ping: () => log.ping() },
      {
        check: storeCheck(store, Object.values(projections)),
        readiness: 'view_store',
        ping: () => store.ping(),
      },
    ],
    async start() {
      await reading.start();
      await ingest.start();
      ingest.gate.open();
    },
    stop: answerWaiting,
    timing,
    logger,
    metrics,
    health,
    end,
  });
  return [
    backendsStep(backends),
    engine,
    httpStep(app, config.bindAddr, logger),
    waitingStep(answerWaiting),
  ];
}
