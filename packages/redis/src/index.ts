export { openRedisStore } from './redis-view-store.js';
export type { NodeAddress, RedisStoreOptions, StoreLogger } from './options.js';
