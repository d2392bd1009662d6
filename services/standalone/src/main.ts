#!/usr/bin/env node
import { createLogger, loadConfig, logStartup, runProcess } from '@refold/service';
import { standaloneConfig } from './config.js';
import { standaloneSteps } from './standalone-steps.js';

const { config, shown, warnings } = loadConfig(standaloneConfig);
const logger = createLogger({ service: config.serviceName, level: config.logLevel });

logStartup(logger, {
  does: 'takes, folds and serves events of runs and workers, all in this process',
  buildSha: config.buildSha,
  settings: shown,
  warnings,
});

await runProcess({
  logger,
  steps: (end) => standaloneSteps(config, logger, end),
  stopMsMax: config.shutdownMs,
});
