import { KafkaBroker, RedisServer } from '@refold/test-kit';
import { openInstallation, type Installation } from './installation.js';

/** An installation with a broker and a Redis of its own, which a test may kill. */
export interface KillableInstallation extends Installation {
  broker: KafkaBroker;
  redis: RedisServer;
}

const stop = async (): Promise<void> => undefined;

/**
 * Starts both backends; closing the installation ends them.
 * @param appendFsync What Redis has answered survives its `kill -9` only with `always`.
 */
export async function openKillable(
  appendFsync: 'everysec' | 'always' = 'everysec',
): Promise<KillableInstallation> {
  const broker = await KafkaBroker.start({ registration: 'fast' });
  const redis = await RedisServer.start({ appendFsync });
  const installation = await openInstallation(
    { source: 'local', brokers: [broker.address], local: broker, stop },
    { source: 'local', url: redis.url, local: redis, stop },
  );
  const close = async (): Promise<void> => {
    await installation.close();
    await redis.stop();
    await broker.stop();
  };
  return { ...installation, broker, redis, close };
}
