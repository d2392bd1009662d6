import { reportBackend } from './backend-report.js';
import { containKafka, containRedis, dockerAnswers } from './docker.js';
import { KAFKA_VERSION, kafkaIsRunnable } from './kafka-files.js';
import { KafkaBroker } from './kafka-broker.js';
import { redisIsRunnable, RedisServer } from './redis-server.js';

/** Where a backend of this test run comes from. */
export type BackendSource = 'environment' | 'container' | 'local';

export interface KafkaBackend {
  source: BackendSource;
  /** `host:port` addresses to bootstrap from. */
  brokers: string[];
  /** The broker itself, where this process runs it. */
  local: KafkaBroker | null;
  /** Ends what this process started; an installation named by the environment stays. */
  stop: () => Promise<void>;
}

export interface RedisBackend {
  source: BackendSource;
  /** `redis://host:port` */
  url: string;
  local: RedisServer | null;
  stop: () => Promise<void>;
}

/** No installation, no container engine, no binaries: tests that need the backend cannot run. */
export class BackendMissing extends Error {
  override readonly name = 'BackendMissing';
}

/**
 * What a missing backend means for the tests that need it: under continuous integration
 * (`CI` set) they fail, elsewhere they are skipped and counted.
 */
export const missingBackendFails = (): boolean => !['', 'false'].includes(process.env['CI'] ?? '');

const noStop = async (): Promise<void> => {};

const version = (source: BackendSource): string => {
  if (source === 'environment') return '';
  return source === 'local' ? ` (Kafka ${KAFKA_VERSION} jars)` : ` (Kafka ${KAFKA_VERSION})`;
};

const started = async <B>(found: Found<B>): Promise<B> => {
  if ('missing' in found) throw new BackendMissing(found.missing);
  return found.start();
};

/** How to start a backend, or what to do so that there is one. */
export type Found<B> = { start: () => Promise<B> } | { missing: string };

/**
 * A Kafka for the tests of one file: the one named by `REFOLD_TEST_KAFKA` (comma-separated
 * `host:port`), else a container where a Docker engine answers, else a local broker from jars.
 */
export async function findKafka(): Promise<Found<KafkaBackend>> {
  const named = process.env['REFOLD_TEST_KAFKA'];
  if (named) {
    const brokers = named.split(',');
    return { start: async () => ({ source: 'environment', brokers, local: null, stop: noStop }) };
  }
  if (await dockerAnswers()) {
    const start = async (): Promise<KafkaBackend> => {
      const { address, stop } = await containKafka();
      return { source: 'container', brokers: [address], local: null, stop };
    };
    return { start };
  }
  if (await kafkaIsRunnable()) {
    const start = async (): Promise<KafkaBackend> => {
      const local = await KafkaBroker.start();
      return { source: 'local', brokers: [local.address], local, stop: () => local.stop() };
    };
    return { start };
  }
  return {
    missing: 'no Kafka: set REFOLD_TEST_KAFKA=host:port, start Docker, or install JDK 17 and Maven',
  };
}

/**
 * A Redis for the tests of one file: the one named by `REFOLD_TEST_REDIS` (a `redis://` URL), else
 * a container where a Docker engine answers, else a local `redis-server`.
 */
export async function findRedis(): Promise<Found<RedisBackend>> {
  const named = process.env['REFOLD_TEST_REDIS'];
  if (named) {
    const url = named.includes('://') ? named : `redis://${named}`;
    return { start: async () => ({ source: 'environment', url, local: null, stop: noStop }) };
  }
  if (await dockerAnswers()) {
    const start = async (): Promise<RedisBackend> => {
      const { address, stop } = await containRedis();
      return { source: 'container', url: `redis://${address}`, local: null, stop };
    };
    return { start };
  }
  if (await redisIsRunnable()) {
    const start = async (): Promise<RedisBackend> => {
      const local = await RedisServer.start();
      return { source: 'local', url: local.url, local, stop: () => local.stop() };
    };
    return { start };
  }
  return {
    missing: 'no Redis: set REFOLD_TEST_REDIS=redis://host, start Docker, or install redis-server',
  };
}

/** Starts what {@link findKafka} found and prints the choice; {@link BackendMissing} if nothing. */
export async function useKafka(): Promise<KafkaBackend> {
  const backend = await started(await findKafka());
  const where = backend.brokers.join(',');
  reportBackend('kafka', `${backend.source}${version(backend.source)} at ${where}`);
  return backend;
}

/** Starts what {@link findRedis} found and prints the choice; {@link BackendMissing} if nothing. */
export async function useRedis(): Promise<RedisBackend> {
  const backend = await started(await findRedis());
  reportBackend('redis', `${backend.source} at ${backend.url}`);
  return backend;
}
