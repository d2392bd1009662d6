import { randomUUID } from 'node:crypto';
import { openKafkaLog } from '@refold/kafka';
import { openRedisStore } from '@refold/redis';
import { describeWithKafka, describeWithRedis } from '@refold/test-kit';
import { authTable } from './auth-table.js';

const silent = (): void => undefined;

describeWithKafka('with Kafka', (kafka) => {
  describeWithRedis('and Redis', (redis) => {
    authTable('Kafka and Redis', async () => {
      const namespace = `auth-${randomUUID()}`;
      const store = await openRedisStore({ url: redis().url, namespace, logger: silent });
      const log = openKafkaLog({
        brokers: kafka().brokers,
        clientId: 'auth-table',
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
    });
  });
});
