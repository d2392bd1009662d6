import { randomUUID } from 'node:crypto';
import { topicLayout, topicNames, topicOfKind, type StreamKind } from '@refold/contracts';
import { openKafkaLog } from '@refold/kafka';
import type { EventLog, Projection, ViewStore } from '@refold/pipeline';
import { openRedisStore } from '@refold/redis';
import { freePorts, type KafkaBackend, type RedisBackend } from '@refold/test-kit';
import { ServiceProcess } from './service-process.js';
import type { ServiceSpec } from './service-process.js';

export const PARTITIONS = 4;

/** Topics, groups and keys of one test on a shared Kafka and Redis. */
export interface Installation {
  prefix: string;
  settings: Readonly<Record<string, string>>;
  log: EventLog;
  store: ViewStore;
  runs: Projection;
  workers: Projection;
  operations: Projection;
  close(): Promise<void>;
}

const silent = (): void => undefined;

/** Creates the topics and opens both ports for the test's own eyes. */
export async function openInstallation(
  kafka: KafkaBackend,
  redis: RedisBackend,
): Promise<Installation> {
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const topics = topicNames(prefix);
  const log = openKafkaLog({
    brokers: kafka.brokers,
    clientId: `${prefix}-test`,
    logger: silent,
    fatal: silent,
  });
  const partitions = PARTITIONS;
  await log.ensureTopics(topicLayout(topics, partitions));
  const store = await openRedisStore({ url: redis.url, namespace: prefix, logger: silent });
  const settings = {
    REFOLD_KAFKA_BROKERS: kafka.brokers.join(','),
    REFOLD_REDIS_URL: redis.url,
    REFOLD_TOPIC_PREFIX: prefix,
    REFOLD_PARTITIONS: String(partitions),
  };
  const projection = (kind: StreamKind): Projection => ({
    name: `${kind}s`,
    topic: topicOfKind(topics, kind),
    kinds: [kind],
    partitions,
    generation: 1,
  });
  return {
    prefix,
    settings,
    log,
    store,
    runs: projection('run'),
    workers: projection('worker'),
    operations: projection('operation'),
    close: async () => {
      await store.close();
      await log.close();
    },
  };
}

/** Starts a service of this installation on a free port and waits until it is ready. */
export async function startService(
  installation: Installation,
  service: ServiceSpec['service'],
  options: Pick<Partial<ServiceSpec>, 'settings' | 'nodeArguments'> = {},
): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  const settings = { ...installation.settings, ...options.settings };
  const nodeArguments = options.nodeArguments ?? [];
  return ServiceProcess.start({ service, port, settings, nodeArguments });
}

/** What takes events over HTTP and folds them, each a process of its own. */
export interface WritePath {
  projector: ServiceProcess;
  ingest: ServiceProcess;
  stop(): Promise<void>;
}

/** Starts both and waits until they are ready. */
export async function startWritePath(installation: Installation): Promise<WritePath> {
  const projector = await startService(installation, 'projector');
  const ingest = await startService(installation, 'ingest-api');
  const stop = async (): Promise<void> => {
    await Promise.all([ingest.stop(), projector.stop()]);
  };
  return { projector, ingest, stop };
}
