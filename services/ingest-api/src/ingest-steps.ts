import { ProjectionReader } from '@refold/pipeline';
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
  toProblem,
  uuidV7,
  waitingStep,
} from '@refold/serving';
import type { IngestConfig } from './config.js';
import { createIngest } from './ingest.js';
import { ingestRoutes } from './ingest-routes.js';
import { redactionOf } from './redaction-settings.js';

const timing = machineTiming;

/** How long a stop waits for acknowledgements of the log, milliseconds. */
const ACKNOWLEDGEMENTS_MS = 3_000;

/**
 * The parts of the process in start order: backends, the door, HTTP. Without the store it goes on
 * taking events and answers 202, so only the log decides whether it is ready.
 */
export async function ingestSteps(
  config: IngestConfig,
  logger: Logger,
  end: EndProcess,
): Promise<Step[]> {
  const installation = installationOf(config.topicPrefix, config.partitions);
  const { runs, workers, operations } = installation.projections;
  const metrics = createMetrics(config.serviceName);
  const health = createHealth({ service: config.serviceName, buildSha: config.buildSha });
  const backends = await openBackends(config, logger, end);
  const { log, store } = backends;
  const ingest = createIngest({
    log,
    store,
    timing,
    readers: {
      run: new ProjectionReader(store, runs),
      worker: new ProjectionReader(store, workers),
      operation: new ProjectionReader(store, operations),
    },
    instance: uuidV7(Date.now()),
    logger,
    metrics,
    waitMs: config.waitMs,
    waitingMax: config.waitingMax,
    redaction: redactionOf(config),
    eventBytesMax: config.eventBytesMax,
    batchBytesMax: config.batchBytesMax,
  });
  const app = createHttpServer({ logger, metrics, toProblem, limits: httpLimitsOf(config) });
  const authenticator = await openAuthenticator(config, backends.uses, logger, health);
  const ledger = openRateLedger(app, { share: backends.rates, timing, logger, metrics });
  const max = config.authFailuresMax;
  guardRoutes(app, authenticator, createLoginLimit({ max, ledger, metrics }));
  limitRates(app, { config, ledger, metrics });
  ingestRoutes(app, ingest);
  descriptionRoutes(app, {
    parts: ['write', 'description', 'process'],
    authentication: authenticator !== null,
  });
  addProbeRoutes(app, health, metrics);

  health.degradation('view_store', () => store.ping());
  const written = new Set([runs.topic, workers.topic]);
  const specs = installation.specs
    .filter(({ name }) => written.has(name))
    .map((spec) => ({ ...spec, recordBytes: config.eventBytesMax }));
  const engine = engineStep({
    backends: [{ check: logCheck(log, specs), readiness: 'event_log', ping: () => log.ping() }],
    async start() {
      await ingest.start();
      ingest.gate.open();
    },
    stop: () => ingest.stop(ACKNOWLEDGEMENTS_MS),
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
    waitingStep(() => ingest.stop(ACKNOWLEDGEMENTS_MS)),
  ];
}
