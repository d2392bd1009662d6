import { defineConfig, type ConfigOf } from '@refold/service';
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

const settings = {
  ...processSettings('refold-read-api'),
  ...bindSettings('127.0.0.1:4101', 'reading API and probes'),
  ...authSettings,
  ...installationSettings,
  ...kafkaSettings,
  ...redisSettings,
  ...httpSettings,
  ...rateSettings,
} as const;

export type ReadConfig = ConfigOf<typeof settings>;

export const readConfig = defineConfig('read-api', settings, [
  checkBinding,
  ...authChecks,
  checkBackendsNamed,
  ...kafkaChecks,
  ...redisChecks,
  checkHttpLimits,
]);
