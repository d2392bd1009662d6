import { openKafkaLog } from '@refold/kafka';
import type { EventLog } from '@refold/pipeline';
import { KafkaBroker, RedisServer, runKafkaTool } from '@refold/test-kit';

/** One real broker and one real Redis, for this run alone. */
export interface Backends {
  broker: KafkaBroker;
  redis: RedisServer;
  /** The bench's own connection to the broker: topics, fills, ends of partitions. */
  log: EventLog;
  versions: { kafka: string; redis: string };
}

/** One number of Redis' INFO. */
export async function redisNumber(
  redis: RedisServer,
  section: string,
  name: string,
): Promise<number> {
  const info = await redis.command('INFO', section);
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN);
}

/** CPU Redis has used since its start, microseconds. */
export async function redisCpuMicros(redis: RedisServer): Promise<number> {
  const user = await redisNumber(redis, 'cpu', 'used_cpu_user');
  return (user + (await redisNumber(redis, 'cpu', 'used_cpu_sys'))) * 1e6;
}

/** Starts both, runs the work and ends them, whatever comes of it. */
export async function withBackends<R>(work: (backends: Backends) => Promise<R>): Promise<R> {
  const broker = await KafkaBroker.start({ tunedFor: 'speed' });
  try {
    const redis = await RedisServer.start({ appendFsync: 'everysec' });
    const log = openKafkaLog({
      brokers: [broker.address],
      clientId: 'bench',
      logger: () => undefined,
      fatal: (error) => {
        throw error;
      },
    });
    try {
      const info = await redis.command('INFO', 'server');
      const versions = {
        kafka: (await runKafkaTool('kafka.Kafka', ['--version'])).trim(),
        redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
      };
      return await work({ broker, redis, log, versions });
    } finally {
      await log.close();
      await redis.stop();
    }
  } finally {
    await broker.stop();
  }
}
