import { Kafka, logLevel, type KafkaConfig, type LogEntry } from 'kafkajs';
import type { Log, Settled } from './options.js';
import { calmRequestQueues, commitOnce } from './client-mends.js';

/**
 * What kafkajs calls an error is mostly passing trouble that it or we retry; what matters is said by
 * this package itself. `level` of kafkajs becomes one lower here.
 */
const relay =
  (log: Log) =>
  () =>
  ({ namespace, level, log: entry }: LogEntry): void => {
    const ours = level === logLevel.ERROR ? 'info' : 'debug';
    const { broker, error, clientId } = entry as Record<string, unknown>;
    log(ours, `kafkajs ${namespace}: ${entry.message}`, { broker, error, clientId });
  };

/**
 * A kafkajs instance with our bounds. One per consumer: instances share a map of committed offsets.
 * The retries inside are few, because whoever uses the instance retries by itself.
 */
export function newKafka(options: Settled): Kafka {
  calmRequestQueues();
  commitOnce();
  const config: KafkaConfig = {
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: options.connectTimeoutMs,
    requestTimeout: options.callTimeoutMs,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
    logLevel: logLevel.WARN,
    logCreator: relay(options.logger),
  };
  if (options.ssl !== undefined) config.ssl = options.ssl;
  if (options.sasl !== undefined) config.sasl = options.sasl;
  return new Kafka(config);
}
