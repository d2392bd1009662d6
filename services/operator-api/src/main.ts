#!/usr/bin/env node
import { runService } from '@refold/serving';
import { operatorApiConfig } from './config.js';
import { operatorSteps } from './operator-steps.js';

await runService(
  operatorApiConfig,
  'plans operations over HTTP, starts and cancels them',
  operatorSteps,
);
