#!/usr/bin/env node
import { runService } from '@refold/serving';
import { projectorConfig } from './config.js';
import { projectorSteps } from './projector-steps.js';

await runService(projectorConfig, 'folds topics into read models', projectorSteps);
