import { openKafkaLog, type KafkaLogOptions } from '@refold/kafka';
import type { EventLog, ViewStore } from '@refold/pipeline';
import { openRedisStore, type RedisStoreOptions } from '@refold/redis';
import type { Logger } from '@refold/service';
import type { KafkaConfig, RedisConfig } from './settings-checks.js';

/** Log and store of a process. Whoever opened them closes them, after everything that uses them. */
export interface Backends {
  log: EventLog;
  store: ViewStore;
  close(): Promise<void>;
}

/** What names this process and its installation at the backends. */
export interface BackendNames {
  /** What Kafka shows as the client. */
  clientId: string;
  /** What Redis keys begin with. */
  namespace: string;
}

type AdapterLine = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

const adapterLines =
  (logger: Logger, backend: string): AdapterLine =>
  (level, message, fields) =>
    logger[level]({ backend, ...fields }, message);

function saslOf(config: KafkaConfig): Pick<KafkaLogOptions, 'sasl'> {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username } = config;
  const { kafkaSaslPassword: password } = config;
  if (mechanism === undefined || username === undefined || password === undefined) return {};
  // The client library has one type for each mechanism, so that the mechanism may not vary.
  return { sasl: { mechanism, username, password } as NonNullable<KafkaLogOptions['sasl']> };
}

function redisOptions(config: RedisConfig, namespace: string, logger: Logger): RedisStoreOptions {
  const { redisUrl, redisNodes, redisUsername: username, redisPassword: password } = config;
  const shared = {
    namespace,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    logger: adapterLines(logger, 'redis'),
  };
  if (redisUrl !== undefined) return { ...shared, url: redisUrl };
  if (redisNodes !== undefined) return { ...shared, nodes: redisNodes };
  throw new TypeError('neither REFOLD_REDIS_URL nor REFOLD_REDIS_NODES is set');
}

/**
 * Opens Kafka and Redis; neither has to be there yet.
 * @param fatal Called when the membership in a group ended for good: the process must end.
 */
export async function openBackends(
  config: KafkaConfig & RedisConfig,
  { clientId, namespace }: BackendNames,
  logger: Logger,
  fatal: (error: Error) => void,
): Promise<Backends> {
  const store = await openRedisStore(redisOptions(config, namespace, logger));
  const log = openKafkaLog({
    brokers: config.kafkaBrokers ?? [],
    clientId,
    ssl: config.kafkaTls,
    ...saslOf(config),
    logger: adapterLines(logger, 'kafka'),
    fatal,
    sessionTimeoutMs: config.kafkaSessionMs,
  });
  return {
    log,
    store,
    async close() {
      await log.close();
      await store.close();
    },
  };
}
