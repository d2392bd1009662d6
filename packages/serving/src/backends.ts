import type { KafkaLogOptions } from '@refold/kafka';
import type { EventLog, OneTimeUses, ViewStore } from '@refold/pipeline';
import type { RedisStoreOptions } from '@refold/redis';
import type { EndProcess, Logger, Step } from '@refold/service';
import type { RateShare } from './rate-ledger.js';
import { kafkaLogin, kafkaTlsOptions, openSecrets, redisTlsOptions } from './backend-security.js';
import type { KafkaConfig, KafkaLinkConfig, RedisConfig } from './backend-settings.js';

/** Log and store of a process. Whoever opened them closes them, after everything that uses them. */
export interface Backends {
  log: EventLog;
  store: ViewStore;
  /** In the same place as the store. */
  uses: OneTimeUses;
  /** The account of rate limits that all processes share; absent: there are no others. */
  rates?: RateShare;
  close(): Promise<void>;
}

/** What a process must be told to open its backends. */
export type BackendsConfig = KafkaConfig &
  RedisConfig & {
    /** What Kafka shows as the client. */
    serviceName: string;
    /** What Redis keys begin with. */
    topicPrefix: string;
  };

type AdapterLine = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

const adapterLines =
  (logger: Logger, backend: string): AdapterLine =>
  (level, message, fields) =>
    logger[level]({ backend, ...fields }, message);

/** The way to Kafka as the adapter takes it, for every program that talks to it. */
export function kafkaLinkOptions(
  config: KafkaLinkConfig,
): Pick<KafkaLogOptions, 'brokers' | 'ssl' | 'sasl'> {
  const sasl = kafkaLogin(config);
  return {
    brokers: config.kafkaBrokers ?? [],
    ssl: kafkaTlsOptions(config) ?? false,
    // The client library has one type for each mechanism, so that the mechanism may not vary.
    ...(sasl === null ? {} : { sasl: sasl as NonNullable<KafkaLogOptions['sasl']> }),
  };
}

function redisOptions(config: RedisConfig, namespace: string, logger: Logger): RedisStoreOptions {
  const { redisUrl, redisNodes, redisUsername: username } = config;
  const password = config.redisPassword ?? config.redisPasswordFile;
  const tls = redisTlsOptions(config);
  const shared = {
    namespace,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === null ? {} : { tls }),
    logger: adapterLines(logger, 'redis'),
  };
  if (redisUrl !== undefined) return { ...shared, url: redisUrl };
  if (redisNodes !== undefined) return { ...shared, nodes: redisNodes };
  throw new TypeError('neither REFOLD_REDIS_URL nor REFOLD_REDIS_NODES is set');
}

/**
 * Opens Kafka and Redis; neither has to be there yet. `end` is called when the membership in a group
 * ended for good: partitions would stand still unnoticed. Both clients are loaded here, not before:
 * they are 25 MB that a process on the embedded folder does not need.
 */
export async function openBackends(
  config: BackendsConfig,
  logger: Logger,
  end: EndProcess,
): Promise<Backends> {
  for (const told of openSecrets(config)) logger.warn(told);
  const [{ openKafkaLog }, { openRedisStore }] = await Promise.all([
    import('@refold/kafka'),
    import('@refold/redis'),
  ]);
  const store = await openRedisStore(redisOptions(config, config.topicPrefix, logger));
  const log = openKafkaLog({
    ...kafkaLinkOptions(config),
    clientId: config.serviceName,
    logger: adapterLines(logger, 'kafka'),
    fatal: (error) => end('the membership in a consumer group ended', error),
    sessionTimeoutMs: config.kafkaSessionMs,
  });
  return {
    log,
    store,
    uses: store,
    rates: { add: (spent) => store.spend(spent) },
    async close() {
      await log.close();
      await store.close();
    },
  };
}

/** The opened backends as the first step of a process, so that they are closed last. */
export const backendsStep = (backends: Backends): Step => ({
  name: 'backends',
  start: () => undefined,
  stop: () => backends.close(),
});
