import { randomUUID } from 'node:crypto';
import { openKafkaLog } from '@refold/kafka';
import { openRedisStore } from '@refold/redis';
import { describeWithKafka, describeWithRedis } from '@refold/test-kit';
import { httpSuite } from './http-suite.js';

const silent = (): void => undefined;

describeWithKafka('with Kafka', (kafka) => {
  describeWithRedis('and Redis', (redis) => {
    httpSuite('Kafka and Redis', async () => {
      const namespace = `http-${randomUUID()}`;
      const store = await openRedisStore({ url: redis().url, namespace, logger: silent });
      const log = openKafkaLog({
        brokers: kafka().brokers,
        clientId: 'http-suite',
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
