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
  machineTiming,
  openAuthenticator,
  openBackends,
  openRateLedger,
  storeCheck,
  toProblem,
  waitingStep,
} from '@refold/serving';
import type { ReadConfig } from './config.js';
import { createReading } from './reading.js';
import { readRoutes } from './read-routes.js';

const timing = machineTiming;

/**
 * The parts of the process in start order: backends, reading, HTTP. The log is asked for the ends of
 * partitions only, so the store alone decides whether it is ready.
 */
export async function readSteps(
  config: ReadConfig,
  logger: Logger,
  end: EndProcess,
): Promise<Step[]> {
  const installation = installationOf(config.topicPrefix, config.partitions);
  const metrics = createMetrics(config.serviceName);
  const health = createHealth({ service: config.serviceName, buildSha: config.buildSha });
  const backends = await openBackends(config, logger, end);
  const { log, store } = backends;
  const reading = createReading({ log, store, timing, installation });
  const app = createHttpServer({ logger, metrics, toProblem, limits: httpLimitsOf(config) });
  const authenticator = await openAuthenticator(config, backends.uses, logger, health);
  const ledger = openRateLedger(app, { share: backends.rates, timing, logger, metrics });
  const max = config.authFailuresMax;
  guardRoutes(app, authenticator, createLoginLimit({ max, ledger, metrics }));
  limitRates(app, { config, ledger, metrics });
  readRoutes(app, reading);
  descriptionRoutes(app, {
    parts: ['read', 'description', 'process'],
    authentication: authenticator !== null,
  });
  addProbeRoutes(app, health, metrics);

  const engine = engineStep({
    backends: [
      {
        check: storeCheck(store, Object.values(installation.projections)),
        readiness: 'view_store',
        ping: () => store.ping(),
      },
    ],
    start: () => reading.start(),
    stop: () => reading.stop(),
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
    waitingStep(() => reading.stop()),
  ];
}
