#!/usr/bin/env node
import { runService } from '@refold/serving';
import { readConfig } from './config.js';
import { readSteps } from './read-steps.js';

await runService(readConfig, 'serves read models over HTTP', readSteps);
