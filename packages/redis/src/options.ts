import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis } from 'ioredis';

/** Where the store writes what an operator should know; the caller renders and filters it. */
export type StoreLogger = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

/** A host and a port. */
export interface NodeAddress {
  host: string;
  port: number;
}

interface CommonOptions {
  /**
   * Sets one installation apart from others on the same server: every key and channel begins with it
   * and a colon. Letters, digits, dot, underscore, hyphen. Default `refold`.
   */
  namespace?: string;
  username?: string;
  password?: string;
  /** TLS settings; an empty object uses the system's authorities. A `rediss:` URL implies it. */
  tls?: ConnectionOptions;
  /**
   * Milliseconds without any answer after which a connection counts as dead; it is replaced, and
   * commits under way on it are sent again. Default 5000.
   */
  commandTimeoutMs?: number;
  logger: StoreLogger;
}

/** One server by `url` (`redis://host:port/db`, `rediss://`), or a Redis Cluster by some of its `nodes`. */
export type RedisStoreOptions = CommonOptions & ({ url: string } | { nodes: NodeAddress[] });

const NAMESPACE = /^[A-Za-z0-9._-]+$/;
const CONNECT_BOUND_MS = 3_000;
const RETRY_STEP_MS = 25;
const RETRY_MAX_MS = 500;

/** Milliseconds before the `attempt`-th (from 1) try to connect again. */
export const reconnectDelay = (attempt: number): number =>
  Math.min(attempt * RETRY_STEP_MS, RETRY_MAX_MS);

/** The namespace, checked: braces would take the hash tag over. Throws a TypeError. */
export function namespaceOf(options: RedisStoreOptions): string {
  const { namespace = 'refold' } = options;
  if (NAMESPACE.test(namespace)) return namespace;
  throw new TypeError(`namespace: expected letters, digits, ".", "_" or "-", not "${namespace}"`);
}

/**
 * Settings of every single connection. A command that is under way when the connection closes is
 * rejected at once and never sent again by the library: what happens next is our decision.
 */
const sharedOptions = (options: RedisStoreOptions) => ({
  ...(options.username === undefined ? {} : { username: options.username }),
  ...(options.password === undefined ? {} : { password: options.password }),
  ...(options.tls === undefined ? {} : { tls: options.tls }),
  connectTimeout: CONNECT_BOUND_MS,
  socketTimeout: options.commandTimeoutMs ?? 5_000,
  keepAlive: 10_000,
  maxRetriesPerRequest: 0,
  // Redis 7.0 does not know it, and a user with few rights is not allowed to.
  disableClientInfo: true,
  maxLoadingRetryTime: 500,
  replyMapping: 'legacy' as const,
});

/** The connection to a single server, which may come back as another one. */
export const connectServer = (options: RedisStoreOptions & { url: string }): Redis =>
  new Redis(options.url, {
    ...sharedOptions(options),
    enableOfflineQueue: false,
    retryStrategy: reconnectDelay,
    // A master that became a replica answers this; the address may lead to the new master by now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });

/** The connections to a cluster: masters only, nothing queued while no node is known. */
export const connectCluster = (options: RedisStoreOptions & { nodes: NodeAddress[] }): Cluster =>
  new Cluster([...options.nodes], {
    redisOptions: sharedOptions(options),
    scaleReads: 'master',
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelay,
    slotsRefreshTimeout: CONNECT_BOUND_MS,
  });

/** A connection for messages alone, to the server or to one node of the cluster; lost, it ends. */
export function connectMessages(options: RedisStoreOptions, address: NodeAddress): Redis {
  const own = {
    ...sharedOptions(options),
    enableOfflineQueue: false,
    autoResubscribe: false,
    retryStrategy: () => null,
  };
  return 'url' in options ? new Redis(options.url, own) : new Redis({ ...own, ...address });
}
