import { PROJECTION_NAMES } from '@refold/contracts';
import { choice, defineConfig, list, share, type ConfigOf } from '@refold/service';
import {
  approvalSettings,
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

/** How read models are watched; the standalone has this setting too. */
export const verifySettings = {
  verifyShare: {
    env: 'REFOLD_VERIFY_SHARE',
    parser: share(),
    default: '0',
    description:
      'Share of its time in which a process compares read models with the log, over and over; 0: never. Each round reads whole partitions, which the brokers feel.',
  },
} as const;

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
  ...verifySettings,
  ...approvalSettings,
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
