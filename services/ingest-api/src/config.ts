import { RECORD_BYTES_MAX } from '@refold/contracts';
import { defineConfig, integer, size, type ConfigOf, type ConfigProblem } from '@refold/service';
import {
  authChecks,
  authSettings,
  bindSettings,
  checkBackendsNamed,
  checkBinding,
  checkHttpLimits,
  httpSettings,
  installationSettings,
  kafkaChecks,
  kafkaSettings,
  processSettings,
  rateSettings,
  redisChecks,
  redisSettings,
} from '@refold/serving';
import { DEFAULT_WAIT_MS, WAITING_MAX } from './ingest.js';
import { redactionSettings } from './redaction-settings.js';
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

const KIB = 1_024;
const MIB = 1_048_576;

/** How large events may be; the standalone has these settings too. */
export const eventSettings = {
  eventBytesMax: {
    env: 'REFOLD_EVENT_BYTES_MAX',
    parser: size({ min: 4 * KIB, max: MIB }),
    default: `${RECORD_BYTES_MAX / KIB}KiB`,
    description:
      'Largest event as a record, envelope included; a larger one is answered 413. The topics must take such records (max.message.bytes): checked at start.',
  },
} as const;

/** An event that no body could bring in. */
export function checkEventBytes(config: {
  eventBytesMax: number;
  bodyBytesMax: number;
}): ConfigProblem | null {
  if (config.eventBytesMax <= config.bodyBytesMax) return null;
  return {
    env: 'REFOLD_EVENT_BYTES_MAX',
    expected: `expected at most REFOLD_BODY_BYTES_MAX (${config.bodyBytesMax})`,
  };
}

const settings = {
  ...processSettings('refold-ingest-api'),
  ...bindSettings('127.0.0.1:4100', 'writing API and probes'),
  ...authSettings,
  ...waitSettings,
  ...redactionSettings,
  ...eventSettings,
  ...installationSettings,
  ...kafkaSettings,
  ...redisSettings,
  ...httpSettings,
  ...rateSettings,
} as const;

export type IngestConfig = ConfigOf<typeof settings>;

export const ingestConfig = defineConfig('ingest-api', settings, [
  checkBinding,
  ...authChecks,
  checkBackendsNamed,
  ...kafkaChecks,
  ...redisChecks,
  checkHttpLimits,
  checkEventBytes,
]);
