import {
  checkEventBytes,
  eventSettings,
  redactionSettings,
  waitSettings,
} from '@refold/ingest-api';
import { defineConfig, type ConfigOf } from '@refold/service';
import {
  approvalSettings,
  authChecks,
  authSettings,
  bindSettings,
  checkApproval,
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
  ...processSettings('refold-operator-api'),
  ...bindSettings('127.0.0.1:4103', 'API for operators and probes'),
  ...authSettings,
  ...approvalSettings,
  ...waitSettings,
  ...eventSettings,
  ...redactionSettings,
  ...installationSettings,
  ...kafkaSettings,
  ...redisSettings,
  ...httpSettings,
  ...rateSettings,
} as const;

export type OperatorApiConfig = ConfigOf<typeof settings>;

export const operatorApiConfig = defineConfig('operator-api', settings, [
  checkBinding,
  ...authChecks,
  checkApproval,
  checkBackendsNamed,
  ...kafkaChecks,
  ...redisChecks,
  checkHttpLimits,
  checkEventBytes,
]);
