import { setTimeout as wait } from 'node:timers/promises';
import type { Authority } from './certificates.js';
import { SecuredRedis } from './secured-redis.js';

const MASTERS = 3;
const SETTLE_BOUND_MS = 30_000;

/** Three masters with TLS between them and towards clients, each with an ACL file of its own. */
export class SecuredRedisCluster {
  readonly nodes: readonly SecuredRedis[];

  private constructor(nodes: readonly SecuredRedis[]) {
    this.nodes = nodes;
  }

  /** Starts three servers and joins them; resolves when all of them see all slots served. */
  static async start(authority: Authority): Promise<SecuredRedisCluster> {
    const nodes: SecuredRedis[] = [];
    try {
      while (nodes.length < MASTERS) {
        nodes.push(await SecuredRedis.start(authority, { cluster: true }));
      }
      const cluster = new SecuredRedisCluster(nodes);
      await nodes[0]?.command('--cluster', 'create', ...cluster.addresses, '--cluster-yes');
      await cluster.#settled();
      return cluster;
    } catch (error) {
      await Promise.all(nodes.map((node) => node.stop()));
      throw error;
    }
  }

  get addresses(): string[] {
    return this.nodes.map((node) => node.address);
  }

  /** Lines as somebody would type them into `redis-cli`, at every node: a cluster does not share users. */
  async commands(lines: string): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.commands(lines)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async #settled(): Promise<void> {
    const deadline = Date.now() + SETTLE_BOUND_MS;
    for (const node of this.nodes) {
      while (!(await node.command('cluster', 'info')).includes('cluster_state:ok')) {
        if (Date.now() > deadline) throw new Error('the Redis cluster did not settle within 30 s');
        await wait(50);
      }
    }
  }
}
