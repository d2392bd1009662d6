import { breakerOf } from '@refold/projector';
import { openEmbedded } from '@refold/embedded';
import { redactionOf } from '@refold/ingest-api';
import {
  addProbeRoutes,
  boundAddress,
  createHealth,
  createMetrics,
  httpStep,
  type EndProcess,
  type Logger,
  type Step,
} from '@refold/service';
import {
  backendsStep,
  engineStep,
  httpLimitsOf,
  installationOf,
  logCheck,
  machineTiming,
  openAuthenticator,
  openBackends,
  storeCheck,
  waitingStep,
  type Backends,
} from '@refold/serving';
import { greeting, thingsToTry } from './greeting.js';
import type { StandaloneConfig } from './config.js';
import { createRefold, type Refold } from './refold.js';

const timing = machineTiming;

/** Kafka and Redis when they are configured, else the embedded folder. */
function openPorts(config: StandaloneConfig, logger: Logger, end: EndProcess): Promise<Backends> {
  if (config.kafkaBrokers === undefined) {
    return openEmbedded({
      folder: config.dataFolder,
      clock: () => Date.now(),
      trouble: (what) => logger.warn({ trouble: what }, 'the embedded folder meets trouble'),
    });
  }
  return openBackends(config, logger, end);
}

/** The parts of the process in start order: backends, engine, HTTP, greeting. */
export async function standaloneSteps(
  config: StandaloneConfig,
  logger: Logger,
  end: EndProcess,
): Promise<Step[]> {
  const isEmbedded = config.kafkaBrokers === undefined;
  const isTerminal = process.stdout.isTTY;
  const installation = installationOf(config.topicPrefix, config.partitions);
  const metrics = createMetrics(config.serviceName);
  const health = createHealth({ service: config.serviceName, buildSha: config.buildSha });
  const backends = await openPorts(config, logger, end);
  const { log, store } = backends;
  const refold: Refold = createRefold({
    log,
    store,
    timing,
    installation,
    logger,
    metrics,
    health,
    authenticator: await openAuthenticator(config, backends.uses, logger, health),
    alone: isEmbedded,
    waitMs: config.waitMs,
    waitingMax: config.waitingMax,
    redaction: redactionOf(config),
    operationsApproval: config.operationsApproval,
    verifyShare: config.verifyShare,
    breaker: breakerOf(config),
    limits: httpLimitsOf(config),
    eventBytesMax: config.eventBytesMax,
    rates: { config, share: backends.rates },
  });
  addProbeRoutes(refold.app, health, metrics);

  const written = new Set(Object.values(installation.projections).map(({ topic }) => topic));
  const topicsCheck = logCheck(
    log,
    installation.specs.map((spec) =>
      written.has(spec.name) ? { ...spec, recordBytes: config.eventBytesMax } : spec,
    ),
  );
  const engine = engineStep({
    backends: [
      {
        check: {
          name: topicsCheck.name,
          async faults() {
            if (isEmbedded || config.topicsEnsure) await log.ensureTopics(installation.specs);
            return topicsCheck.faults();
          },
        },
        readiness: 'event_log',
        ping: () => log.ping(),
        sound: () => refold.startTaking(),
      },
      {
        check: storeCheck(store, Object.values(installation.projections)),
        readiness: 'view_store',
        ping: () => store.ping(),
      },
    ],
    start: () => refold.start(),
    stop: () => refold.stop(),
    timing,
    logger,
    metrics,
    health,
    end,
  });
  return [
    backendsStep(backends),
    engine,
    httpStep(refold.app, config.bindAddr, logger, (address) =>
      isTerminal ? {} : { try: thingsToTry(address) },
    ),
    waitingStep(() => refold.answerWaiting()),
    {
      name: 'greeting',
      start() {
        const folder = isEmbedded ? config.dataFolder : null;
        if (isTerminal) process.stdout.write(greeting(boundAddress(refold.app), folder));
      },
    },
  ];
}
