import { openRedisStore } from '@refold/redis';
import { describeWithRedis, viewStoreConformance } from '@refold/test-kit';
import { Redis } from 'ioredis';

describeWithRedis('view store on Redis', (redis) => {
  viewStoreConformance('redis', async () => {
    const { url } = redis();
    const open = () => openRedisStore({ url, namespace: 'conformance', logger: () => undefined });
    const [store, peer, admin] = [await open(), await open(), new Redis(url)];
    return {
      store,
      peer,
      interrupt: async () => {
        await admin.client('KILL', 'TYPE', 'PUBSUB');
      },
      close: async () => {
        admin.disconnect();
        await Promise.all([store.close(), peer.close()]);
      },
    };
  });
});
