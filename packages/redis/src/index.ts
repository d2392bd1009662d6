export { openRedisStore, type RedisStore } from './redis-view-store.js';
export type { NodeAddress, RedisStoreOptions, StoreLogger } from './options.js';
