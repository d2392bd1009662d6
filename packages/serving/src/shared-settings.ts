import {
  DEFAULT_TOPIC_PREFIX,
  PARTITIONS_DEFAULT,
  PARTITIONS_MAX,
  TOPIC_PREFIX,
} from '@refold/contracts';
import { address, choice, integer, LOG_LEVELS, pattern, text, type Setting } from '@refold/service';

/** What every process is told. */
export const processSettings = (service: string) =>
  ({
    serviceName: {
      env: 'RUNTIME_SERVICE_NAME',
      parser: text(),
      default: service,
      description: 'How this process calls itself in logs, metrics and probes.',
    },
    buildSha: {
      env: 'RUNTIME_BUILD_SHA',
      parser: text(),
      default: 'dev',
      description: 'The build that runs, shown by probes and the first log line.',
    },
    logLevel: {
      env: 'REFOLD_LOG_LEVEL',
      parser: choice(LOG_LEVELS),
      default: 'info',
      description:
        'Lines of this level and above are written; at info there is one for every batch.',
    },
    shutdownMs: {
      env: 'REFOLD_SHUTDOWN_MS',
      parser: integer({ min: 100, max: 600_000 }),
      default: '10000',
      unit: 'ms',
      description:
        'Longest graceful stop after SIGTERM; then the process ends with code 1 and says what hung.',
    },
  }) as const satisfies Record<string, Setting>;

/** Where a process listens. */
export const bindSettings = (defaultAddress: string, serves: string) =>
  ({
    bindAddr: {
      env: 'RUNTIME_BIND_ADDR',
      parser: address(),
      default: defaultAddress,
      description: `Where it listens: ${serves}.`,
    },
  }) as const satisfies Record<string, Setting>;

/** Which topics and read models a process works on. */
export const installationSettings = {
  topicPrefix: {
    env: 'REFOLD_TOPIC_PREFIX',
    parser: pattern(TOPIC_PREFIX.pattern, TOPIC_PREFIX.expected),
    default: DEFAULT_TOPIC_PREFIX,
    description:
      'Sets one installation apart from others on the same Kafka and Redis: topics are named PREFIX.runs and so on, Redis keys begin with it.',
  },
  partitions: {
    env: 'REFOLD_PARTITIONS',
    parser: integer({ min: 1, max: PARTITIONS_MAX }),
    default: String(PARTITIONS_DEFAULT),
    unit: 'partitions',
    description:
      'Partitions of PREFIX.runs, PREFIX.workers and PREFIX.operations. Frozen when they are created: another number is refused at start.',
  },
} as const satisfies Record<string, Setting>;
