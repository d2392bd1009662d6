import { defineConfig, integer, type ConfigOf } from '@refold/service';
import {
  bindSettings,
  checkBackendsNamed,
  checkBinding,
  checkKafkaLogin,
  checkRedisAddress,
  installationSettings,
  kafkaSettings,
  processSettings,
  redisSettings,
} from '@refold/serving';
import { DEFAULT_WAIT_MS, WAITING_MAX } from './ingest.js';
import { WAIT_MS_MAX } from './wish.js';

/** How long requests wait; the standalone has these settings too. */
export const waitSettings = {
  waitMs: {
    env: 'REFOLD_WAIT_MS',
    parser: integer({ min: 0, max: WAIT_MS_MAX }),
    default: String(DEFAULT_WAIT_MS),
    unit: 'ms',
    description: 'How long a write waits for its verdict unless the caller prefers another wait.',
  },
  waitingMax: {
    env: 'REFOLD_WAITING_MAX',
    parser: integer({ min: 1, max: 1_000_000 }),
    default: String(WAITING_MAX),
    unit: 'writes',
    description: 'Writes that may wait for a verdict at once; one more is answered with 202.',
  },
} as const;

const settings = {
  ...processSettings('refold-ingest-api'),
  ...bindSettings('127.0.0.1:4100', 'writing API and probes'),
  ...waitSettings,
  ...installationSettings,
  ...kafkaSettings,
  ...redisSettings,
} as const;

export type IngestConfig = ConfigOf<typeof settings>;

export const ingestConfig = defineConfig('ingest-api', settings, [
  checkBinding,
  checkBackendsNamed,
  checkKafkaLogin,
  checkRedisAddress,
]);
