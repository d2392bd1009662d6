import {
  DEFAULT_TOPIC_PREFIX,
  PARTITIONS_DEFAULT,
  PARTITIONS_MAX,
  TOPIC_PREFIX,
} from '@refold/contracts';
import {
  address,
  choice,
  flag,
  integer,
  list,
  LOG_LEVELS,
  pattern,
  text,
  url,
  type Setting,
} from '@refold/service';

const PORT_PATTERN = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;

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
      'Partitions of PREFIX.runs and of PREFIX.workers. Frozen when they are created: another number is refused at start.',
  },
} as const satisfies Record<string, Setting>;

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** How Kafka is reached. */
export const kafkaSettings = {
  kafkaBrokers: {
    env: 'REFOLD_KAFKA_BROKERS',
    parser: list(pattern(PORT_PATTERN, 'host:port')),
    description: 'Brokers to bootstrap from.',
  },
  kafkaTls: {
    env: 'REFOLD_KAFKA_TLS',
    parser: flag(),
    default: 'false',
    description: 'Speaks TLS to the brokers, checked against the authorities Node trusts.',
  },
  kafkaSaslMechanism: {
    env: 'REFOLD_KAFKA_SASL_MECHANISM',
    parser: choice(SASL_MECHANISMS),
    description: 'How to log in to Kafka; needs a user name and a password.',
  },
  kafkaSaslUsername: {
    env: 'REFOLD_KAFKA_SASL_USERNAME',
    parser: text(),
    description: 'User name at Kafka.',
  },
  kafkaSaslPassword: {
    env: 'REFOLD_KAFKA_SASL_PASSWORD',
    parser: text(),
    description: 'Password at Kafka.',
    secret: true,
  },
  kafkaSessionMs: {
    env: 'REFOLD_KAFKA_SESSION_MS',
    parser: integer({ min: 1_000, max: 300_000 }),
    default: '6000',
    unit: 'ms',
    description:
      'How long a projector may be silent before its partitions go to others. The brokers bound it (group.min.session.timeout.ms).',
  },
} as const satisfies Record<string, Setting>;

/** How Redis is reached. */
export const redisSettings = {
  redisUrl: {
    env: 'REFOLD_REDIS_URL',
    parser: url(['redis', 'rediss']),
    description: 'One Redis server, password included if it has one; rediss:// speaks TLS.',
  },
  redisNodes: {
    env: 'REFOLD_REDIS_NODES',
    parser: list(address()),
    description: 'Some nodes of a Redis Cluster, instead of REFOLD_REDIS_URL.',
  },
  redisUsername: {
    env: 'REFOLD_REDIS_USERNAME',
    parser: text(),
    description: 'User name at Redis, where the URL has none.',
  },
  redisPassword: {
    env: 'REFOLD_REDIS_PASSWORD',
    parser: text(),
    description: 'Password at Redis, where the URL has none.',
    secret: true,
  },
} as const satisfies Record<string, Setting>;
