#!/usr/bin/env node
import { runService } from '@refold/serving';
import { standaloneConfig } from './config.js';
import { standaloneSteps } from './standalone-steps.js';

await runService(
  standaloneConfig,
  'takes, folds and serves events of runs and workers, all in this process',
  standaloneSteps,
);
