#!/usr/bin/env node
import { runService } from '@refold/serving';
import { ingestConfig } from './config.js';
import { ingestSteps } from './ingest-steps.js';

await runService(ingestConfig, 'takes events over HTTP and publishes them', ingestSteps);
