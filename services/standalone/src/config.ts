import {
  checkEventBytes,
  eventSettings,
  redactionSettings,
  waitSettings,
} from '@refold/ingest-api';
import { breakerSettings, verifySettings } from '@refold/projector';
import { defineConfig, flag, text, type ConfigOf, type ConfigProblem } from '@refold/service';
import {
  approvalSettings,
  authChecks,
  authSettings,
  bindSettings,
  checkApproval,
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

const settings = {
  ...processSettings('refold'),
  ...bindSettings('127.0.0.1:4100', 'API and probes'),
  ...authSettings,
  dataFolder: {
    env: 'RUNTIME_EVENT_LOG_PATH',
    parser: text(),
    default: '.refold/data',
    description:
      'Folder of the embedded log and read models; created when missing. Not used with Kafka and Redis.',
  },
  ...waitSettings,
  ...redactionSettings,
  ...eventSettings,
  ...approvalSettings,
  ...verifySettings,
  ...breakerSettings,
  topicsEnsure: {
    env: 'REFOLD_TOPICS_ENSURE',
    parser: flag(),
    default: 'true',
    description: 'Creates missing Kafka topics at start.',
  },
  ...installationSettings,
  ...kafkaSettings,
  ...redisSettings,
  ...httpSettings,
  ...rateSettings,
} as const;

export type StandaloneConfig = ConfigOf<typeof settings>;

/** Kafka and Redis come together: one of them beside an embedded other has no use. */
function checkPair(config: StandaloneConfig): ConfigProblem | null {
  const hasLog = config.kafkaBrokers !== undefined;
  const hasStore = config.redisUrl !== undefined || config.redisNodes !== undefined;
  if (hasLog === hasStore) return null;
  return hasLog
    ? { env: 'REFOLD_REDIS_URL', expected: 'is required beside REFOLD_KAFKA_BROKERS' }
    : { env: 'REFOLD_KAFKA_BROKERS', expected: 'is required beside the address of Redis' };
}

export const standaloneConfig = defineConfig('standalone', settings, [
  checkBinding,
  ...authChecks,
  checkApproval,
  ...kafkaChecks,
  ...redisChecks,
  checkHttpLimits,
  checkEventBytes,
  checkPair,
]);
