import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePorts } from './free-port.js';
import { KAFKA_VERSION } from './kafka-files.js';

const run = promisify(execFile);
const DOCKER_BOUND_MS = 2_000;
const REDIS_IMAGE = 'redis:7.2-alpine';

/** A backend in a container: where it listens and how to remove it. */
export interface Contained {
  address: string;
  stop: () => Promise<void>;
}

/** Whether a Docker engine answers, asked for at most two seconds. */
export const dockerAnswers = (): Promise<boolean> =>
  run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: DOCKER_BOUND_MS }).then(
    ({ stdout }) => stdout.trim() !== '',
    () => false,
  );

/** The port is fixed on both sides, because a broker tells its clients where to connect. */
export async function containKafka(): Promise<Contained> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const [port = 0] = await freePorts(1);
  const container = await new GenericContainer(`apache/kafka:${KAFKA_VERSION}`)
    .withExposedPorts({ container: port, host: port })
    .withEnvironment({
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_NODE_ID: '1',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://localhost:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://localhost:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return {
    address: `${container.getHost()}:${port}`,
    stop: async () => {
      await container.stop();
    },
  };
}

export async function containRedis(): Promise<Contained> {
  const { GenericContainer } = await import('testcontainers');
  const container = await new GenericContainer(REDIS_IMAGE)
    .withCommand(['redis-server', '--save', '', '--maxmemory-policy', 'noeviction'])
    .withExposedPorts(6379)
    .start();
  return {
    address: `${container.getHost()}:${container.getMappedPort(6379)}`,
    stop: async () => {
      await container.stop();
    },
  };
}
