import { RULEBOOK } from '@refold/domain';
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
  engineStep,
  guardRoutes,
  installationOf,
  logCheck,
  machineTiming,
  openAuthenticator,
  openBackends,
  openRateLedger,
  storeCheck,
  toProblem,
  uuidV7,
} from '@refold/serving';
import { breakerOf, type ProjectorConfig } from './config.js';
import { createProjecting } from './projecting.js';

const timing = machineTiming;

/** The parts of the process in start order: backends, folding, probes. */
export async function projectorSteps(
  config: ProjectorConfig,
  logger: Logger,
  end: EndProcess,
): Promise<Step[]> {
  const installation = installationOf(config.topicPrefix, config.partitions);
  const projections = [...new Set(config.projections)].map(
    (name) => installation.projections[name],
  );
  const metrics = createMetrics(config.serviceName);
  const health = createHealth({ service: config.serviceName, buildSha: config.buildSha });
  const backends = await openBackends(config, logger, end);
  const { log, store } = backends;
  const projecting = createProjecting({
    log,
    store,
    timing,
    rulebook: RULEBOOK,
    projections,
    deadLetterTopic: installation.topics.deadLetters,
    operations: installation.projections.operations,
    approval: config.operationsApproval,
    newId: () => uuidV7(Date.now()),
    logger,
    metrics,
    alone: false,
    verifyShare: config.verifyShare,
    breaker: breakerOf(config),
  });
  for (const [name, fold] of projecting.health) {
    health.readiness(`projector_${name}`, fold.readiness);
    health.liveness(`projector_${name}`, fold.liveness);
  }
  const app = createHttpServer({ logger, metrics, toProblem });
  const authenticator = await openAuthenticator(config, backends.uses, logger, health);
  // Counted for itself: it serves one page to operators, and has no right to the account of the doors.
  const ledger = openRateLedger(app, { timing, logger, metrics });
  guardRoutes(
    app,
    authenticator,
    createLoginLimit({ max: config.authFailuresMax, ledger, metrics }),
  );
  addProbeRoutes(app, health, metrics);

  const topics = new Set([
    ...projections.map(({ topic }) => topic),
    installation.topics.deadLetters,
    installation.topics.operations,
  ]);
  const specs = installation.specs.filter(({ name }) => topics.has(name));
  const engine = engineStep({
    backends: [
      { check: logCheck(log, specs), readiness: 'event_log', ping: () => log.ping() },
      {
        check: storeCheck(store, projections),
        readiness: 'view_store',
        ping: () => store.ping(),
      },
    ],
    start: () => projecting.start(),
    stop: () => projecting.stop(),
    timing,
    logger,
    metrics,
    health,
    end,
  });
  return [backendsStep(backends), engine, httpStep(app, config.bindAddr, logger)];
}
