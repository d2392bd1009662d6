import { randomUUID } from 'node:crypto';
import { openKafkaLog } from '@refold/kafka';
import { openRedisStore } from '@refold/redis';
import { describeWithKafka, describeWithRedis } from '@refold/test-kit';
import type { EventLog } from '@refold/pipeline';

const silent = (): void => undefined;

/** Both ports over real backends, and how they are let go. */
export interface KafkaRedisPorts {
  log: EventLog;
  store: Awaited<ReturnType<typeof openRedisStore>>;
  close(): Promise<void>;
}

/**
 * Tests over Kafka and Redis, with a client ID and a key prefix that begin with `name`; `brokers` are for tools
 * that come beside.
 */
export const withKafkaAndRedis = (
  name: string,
  body: (open: () => Promise<KafkaRedisPorts>, brokers: () => readonly string[]) => void,
): void =>
  describeWithKafka('with Kafka', (kafka) => {
    describeWithRedis('and Redis', (redis) => {
      body(
        async () => {
          const namespace = `${name}-${randomUUID()}`;
          const store = await openRedisStore({ url: redis().url, namespace, logger: silent });
          const log = openKafkaLog({
            brokers: kafka().brokers,
            clientId: name,
            logger: silent,
            fatal(error) {
              throw error;
            },
            sessionTimeoutMs: 6_000,
          });
          return {
            log,
            store,
            async close() {
              await log.close();
              await store.close();
            },
          };
        },
        () => kafka().brokers,
      );
    });
  });
