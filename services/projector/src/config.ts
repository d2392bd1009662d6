import { PROJECTION_NAMES } from '@refold/contracts';
import { choice, defineConfig, list, type ConfigOf } from '@refold/service';
import {
  authChecks,
  authSettings,
  bindSettings,
  checkBackendsNamed,
  checkBinding,
  installationSettings,
  kafkaChecks,
  kafkaSettings,
  processSettings,
  redisChecks,
  redisSettings,
} from '@refold/serving';

const settings = {
  ...processSettings('refold-projector'),
  ...bindSettings('127.0.0.1:4102', 'probes and metrics only'),
  ...authSettings,
  projections: {
    env: 'REFOLD_PROJECTIONS',
    parser: list(choice(PROJECTION_NAMES)),
    default: PROJECTION_NAMES.join(','),
    description: 'The projections this process folds; each has a consumer group of its own.',
  },
  ...installationSettings,
  ...kafkaSettings,
  ...redisSettings,
} as const;

export type ProjectorConfig = ConfigOf<typeof settings>;

export const projectorConfig = defineConfig('projector', settings, [
  checkBinding,
  ...authChecks,
  checkBackendsNamed,
  ...kafkaChecks,
  ...redisChecks,
]);
