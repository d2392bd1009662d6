import { PROJECTION_NAMES } from '@refold/contracts';
import { BREAKER_LIMITS, type BreakerLimits } from '@refold/pipeline';
import { choice, defineConfig, integer, list, share, type ConfigOf } from '@refold/service';
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

/** When a commit is held back that would park many streams; the standalone has these settings too. */
export const breakerSettings = {
  parkedStreamsMin: {
    env: 'REFOLD_PARKED_STREAMS_MIN',
    parser: integer({ min: 1, max: 1_000_000 }),
    default: String(BREAKER_LIMITS.streams),
    description:
      'Streams that may park among 100 events of a partition without a commit being held back: one fewer. From this number on, causes are compared with REFOLD_PARKED_PERCENT_MAX.',
  },
  parkedPercentMax: {
    env: 'REFOLD_PARKED_PERCENT_MAX',
    parser: integer({ min: 0, max: 100 }),
    default: String(BREAKER_LIMITS.share * 100),
    description:
      'Percent of the streams of 100 events that may park for causes of their own. Beyond it the partition stops before the commit, because the fault is probably in the build; 100 parks them all.',
  },
} as const;

/** The limits that the settings say. */
export const breakerOf = (config: ConfigOf<typeof breakerSettings>): BreakerLimits => ({
  streams: config.parkedStreamsMin,
  share: config.parkedPercentMax / 100,
});

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
  ...breakerSettings,
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
