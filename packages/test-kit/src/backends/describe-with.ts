import { afterAll, beforeAll, describe } from 'vitest';
import { KafkaBroker, type KafkaBrokerOptions } from './kafka-broker.js';
import { KafkaCluster } from './kafka-cluster.js';
import { KAFKA_VERSION, kafkaIsRunnable } from './kafka-files.js';
import {
  findKafka,
  findRedis,
  missingBackendFails,
  useKafka,
  useRedis,
  type Found,
  type KafkaBackend,
  type RedisBackend,
} from './chooser.js';
import { reportBackend } from './backend-report.js';
import { SecuredKafka, type SecuredKafkaOptions } from './secured-kafka.js';
import { findTracer, useTracer } from './tracer.js';

/** Maven may have to fetch the broker's jars first. */
const START_BOUND_MS = 660_000;

function describeWith<B extends { stop: () => Promise<void> }>(
  backendName: 'kafka' | 'redis' | 'strace',
  name: string,
  find: () => Promise<Found<B>>,
  start: () => Promise<B>,
  body: (backend: () => B) => void,
): void {
  describe(name, async () => {
    const found = await find();
    const missing = 'missing' in found ? found.missing : null;
    if (missing !== null && missingBackendFails()) throw new Error(missing);
    if (missing !== null) reportBackend(backendName, `SKIPPED '${name}': ${missing}`);
    describe.skipIf(missing !== null)('against the backend', () => {
      let backend: B | null = null;
      beforeAll(async () => {
        backend = await start();
      }, START_BOUND_MS);
      afterAll(async () => {
        await backend?.stop();
      });
      body(() => {
        if (!backend) throw new Error(`${name}: the backend is there only inside tests and hooks`);
        return backend;
      });
    });
  });
}

/**
 * A `describe` whose tests share one Kafka: started before the first, stopped after the last.
 * The backend may be asked for inside tests and hooks. Where there is none the tests are skipped
 * and counted, or fail under continuous integration.
 */
export const describeWithKafka = (name: string, body: (kafka: () => KafkaBackend) => void): void =>
  describeWith('kafka', name, findKafka, useKafka, body);

/**
 * As {@link describeWithKafka}, for tests of faults: they kill and freeze a broker of their own, which
 * runs here wherever other tests find theirs.
 */
export const describeWithBroker = (
  name: string,
  options: KafkaBrokerOptions | (() => Promise<KafkaBrokerOptions>),
  body: (broker: () => KafkaBroker) => void,
): void => {
  const start = async (): Promise<KafkaBroker> => {
    const broker = await KafkaBroker.start(
      typeof options === 'function' ? await options() : options,
    );
    reportBackend(
      'kafka',
      `local (Kafka ${KAFKA_VERSION} jars, to be killed) at ${broker.address}`,
    );
    return broker;
  };
  describeWith('kafka', name, () => toKill(start), start, body);
};

/** As {@link describeWithBroker}, for three brokers that replicate for each other. */
export const describeWithCluster = (
  name: string,
  body: (cluster: () => KafkaCluster) => void,
): void => {
  const start = async (): Promise<KafkaCluster> => {
    const cluster = await KafkaCluster.start();
    reportBackend(
      'kafka',
      `three local (Kafka ${KAFKA_VERSION} jars) at ${cluster.addresses.join()}`,
    );
    return cluster;
  };
  describeWith('kafka', name, () => toKill(start), start, body);
};

/** As {@link describeWithBroker}, for one that asks who is there and denies by default. */
export const describeWithSecuredKafka = (
  name: string,
  options: () => Promise<SecuredKafkaOptions>,
  body: (kafka: () => SecuredKafka) => void,
): void => {
  const start = async (): Promise<SecuredKafka> => {
    const kafka = await SecuredKafka.start(await options());
    reportBackend('kafka', `local (Kafka ${KAFKA_VERSION} jars, SASL and TLS) at ${kafka.login}`);
    return kafka;
  };
  describeWith('kafka', name, () => toKill(start), start, body);
};

const toKill = async <B>(start: () => Promise<B>): Promise<Found<B>> =>
  (await kafkaIsRunnable()) ? { start } : { missing: 'no Kafka to kill: install JDK 17 and Maven' };

/** As {@link describeWithKafka}, for one Redis. */
export const describeWithRedis = (name: string, body: (redis: () => RedisBackend) => void): void =>
  describeWith('redis', name, findRedis, useRedis, body);

/** As {@link describeWithKafka}, for tests that watch the system calls of a process. */
export const describeWithTracer = (name: string, body: () => void): void =>
  describeWith('strace', name, findTracer, useTracer, body);
