import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RedisServer } from './redis-server.js';

const run = promisify(execFile);
const MASTERS = 3;
const SETTLE_BOUND_MS = 30_000;

/** One slot on its way from one master to another; every key of it may be on either side. */
export interface SlotMigration {
  slot: number;
  from: RedisServer;
  to: RedisServer;
  /** Moves the keys that are there and hands the slot over. */
  finish(): Promise<void>;
}

/** Three masters without replicas: enough for redirections and slot migrations. */
export class RedisCluster {
  readonly nodes: readonly RedisServer[];

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes;
  }

  /** Starts three servers and joins them; resolves when all of them see all slots served. */
  static async start(): Promise<RedisCluster> {
    const nodes: RedisServer[] = [];
    try {
      while (nodes.length < MASTERS) nodes.push(await RedisServer.start({ cluster: true }));
      const addresses = nodes.map((node) => node.address);
      await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
      const cluster = new RedisCluster(nodes);
      await cluster.settled();
      return cluster;
    } catch (error) {
      await Promise.all(nodes.map((node) => node.stop()));
      throw error;
    }
  }

  get addresses(): string[] {
    return this.nodes.map((node) => node.address);
  }

  /** The slot that a key (or its hash tag) belongs to. */
  async slotOf(key: string): Promise<number> {
    return Number(await this.first.command('cluster', 'keyslot', key));
  }

  /** The master that serves a slot now. */
  async ownerOf(slot: number): Promise<RedisServer> {
    for (const line of (await this.first.command('cluster', 'nodes')).split('\n')) {
      const [, address = '', , , , , , , ...ranges] = line.split(' ');
      const serves = ranges.some((range) => {
        const [low, high = low] = range.split('-').map(Number);
        return low !== undefined && high !== undefined && slot >= low && slot <= high;
      });
      const port = Number(/:(\d+)@/.exec(address)?.[1]);
      const node = this.nodes.find((candidate) => candidate.port === port);
      if (serves && node) return node;
    }
    throw new Error(`no master serves slot ${slot}`);
  }

  /** Puts a slot between its master and another one: MIGRATING here, IMPORTING there. */
  async startMigration(slot: number): Promise<SlotMigration> {
    const from = await this.ownerOf(slot);
    const to = this.nodes.find((node) => node !== from) ?? from;
    const fromId = await from.command('cluster', 'myid');
    const toId = await to.command('cluster', 'myid');
    await to.command('cluster', 'setslot', `${slot}`, 'importing', fromId);
    await from.command('cluster', 'setslot', `${slot}`, 'migrating', toId);
    const finish = async (): Promise<void> => {
      for (;;) {
        const listed = await from.command('cluster', 'getkeysinslot', `${slot}`, '100');
        const keys = listed.split('\n').filter(Boolean);
        if (keys.length === 0) break;
        const target = ['127.0.0.1', `${to.port}`, '', '0', '5000'];
        await from.command('migrate', ...target, 'keys', ...keys);
      }
      const owners = [to, from, ...this.nodes.filter((node) => node !== from && node !== to)];
      for (const node of owners) {
        await node.command('cluster', 'setslot', `${slot}`, 'node', toId);
      }
    };
    return { slot, from, to, finish };
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  private get first(): RedisServer {
    const [node] = this.nodes;
    if (!node) throw new Error('a cluster has at least one node');
    return node;
  }

  private async settled(): Promise<void> {
    const deadline = Date.now() + SETTLE_BOUND_MS;
    for (const node of this.nodes) {
      while (!(await node.command('cluster', 'info')).includes('cluster_state:ok')) {
        if (Date.now() > deadline) throw new Error('the Redis cluster did not settle within 30 s');
        await wait(50);
      }
    }
  }
}
