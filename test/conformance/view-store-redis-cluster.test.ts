import { openRedisStore } from '@refold/redis';
import {
  missingBackendFails,
  RedisCluster,
  redisIsRunnable,
  viewStoreConformance,
} from '@refold/test-kit';
import { describe } from 'vitest';

describe('view store on a Redis Cluster', async () => {
  const runnable = await redisIsRunnable();
  const missing = 'view store on a Redis Cluster: install redis-server; the test starts three';
  if (!runnable && missingBackendFails()) throw new Error(missing);
  if (!runnable) console.warn(`skipped: ${missing}`);
  describe.skipIf(!runnable)('of three masters', () => {
    viewStoreConformance('redis cluster', async () => {
      const cluster = await RedisCluster.start();
      const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
      const open = () => openRedisStore({ nodes, logger: () => undefined });
      const [store, peer] = [await open(), await open()];
      return {
        store,
        peer,
        interrupt: async () => {
          // One connection listens, at one of the nodes. Ending it there alone makes one gap: killed
          // node by node, it could come back at the next and fall there once more, after `resumed`.
          for (const node of cluster.nodes) {
            if ((await node.command('client', 'kill', 'type', 'pubsub')) !== '0') return;
          }
          throw new Error('no node has a connection that listens');
        },
        close: async () => {
          await Promise.all([store.close(), peer.close()]);
          await cluster.stop();
        },
      };
    });
  });
});
