import {
  address,
  certificatesFile,
  choice,
  flag,
  integer,
  list,
  pattern,
  privateKeyFile,
  secretFile,
  text,
  url,
  type ConfigOf,
  type Setting,
} from '@refold/service';

const BROKER = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;
const HOST = /^[A-Za-z0-9._-]{1,253}$/;

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** How the brokers are reached and what proves them, for every program that talks to Kafka. */
export const kafkaLinkSettings = {
  kafkaBrokers: {
    env: 'REFOLD_KAFKA_BROKERS',
    parser: list(pattern(BROKER, 'host:port')),
    description: 'Brokers to bootstrap from.',
  },
  kafkaTls: {
    env: 'REFOLD_KAFKA_TLS',
    parser: flag(),
    default: 'false',
    description:
      'Speaks TLS to the brokers, checked against REFOLD_KAFKA_CA_FILE or else the authorities Node trusts.',
  },
  kafkaCa: {
    env: 'REFOLD_KAFKA_CA_FILE',
    parser: certificatesFile(),
    description:
      'Authorities (PEM) that brokers are checked against, instead of those Node trusts.',
  },
  kafkaCertificate: {
    env: 'REFOLD_KAFKA_CERT_FILE',
    parser: certificatesFile(),
    description: 'Certificate (PEM, its chain behind it) that this process shows to the brokers.',
  },
  kafkaKey: {
    env: 'REFOLD_KAFKA_KEY_FILE',
    parser: privateKeyFile(),
    description: 'Private key (PEM) of that certificate.',
  },
  kafkaServerName: {
    env: 'REFOLD_KAFKA_SERVER_NAME',
    parser: pattern(HOST, 'a host name'),
    description:
      'Name that the certificate of every broker must carry, where it is not the host connected to.',
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
  kafkaSaslPasswordFile: {
    env: 'REFOLD_KAFKA_SASL_PASSWORD_FILE',
    parser: secretFile(),
    description: 'File with the password at Kafka, instead of the variable; read at start.',
  },
} as const satisfies Record<string, Setting>;

/** How Kafka is reached by a process that may be a member of a group. */
export const kafkaSettings = {
  ...kafkaLinkSettings,
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
  redisTls: {
    env: 'REFOLD_REDIS_TLS',
    parser: flag(),
    default: 'false',
    description: 'Speaks TLS to the nodes of a cluster; beside a URL, write rediss:// instead.',
  },
  redisCa: {
    env: 'REFOLD_REDIS_CA_FILE',
    parser: certificatesFile(),
    description: 'Authorities (PEM) that Redis is checked against, instead of those Node trusts.',
  },
  redisCertificate: {
    env: 'REFOLD_REDIS_CERT_FILE',
    parser: certificatesFile(),
    description: 'Certificate (PEM, its chain behind it) that this process shows to Redis.',
  },
  redisKey: {
    env: 'REFOLD_REDIS_KEY_FILE',
    parser: privateKeyFile(),
    description: 'Private key (PEM) of that certificate.',
  },
  redisServerName: {
    env: 'REFOLD_REDIS_SERVER_NAME',
    parser: pattern(HOST, 'a host name'),
    description:
      'Name that the certificate of every Redis must carry, where it is not the host connected to.',
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
  redisPasswordFile: {
    env: 'REFOLD_REDIS_PASSWORD_FILE',
    parser: secretFile(),
    description: 'File with the password at Redis, instead of the variable; read at start.',
  },
} as const satisfies Record<string, Setting>;

export type KafkaLinkConfig = ConfigOf<typeof kafkaLinkSettings>;
export type KafkaConfig = ConfigOf<typeof kafkaSettings>;
export type RedisConfig = ConfigOf<typeof redisSettings>;
