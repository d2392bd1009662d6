import { setTimeout as wait } from 'node:timers/promises';
import { FaultProxy } from './fault-proxy.js';
import { RedisServer } from './redis-server.js';
import { scriptReplies } from './reply-watch.js';

const SYNC_BOUND_MS = 30_000;

const FAST_SYNC = { 'repl-diskless-sync-delay': '0', 'repl-timeout': '5' };

const at = ({ port }: RedisServer) => ({ host: '127.0.0.1', port });

/**
 * A primary and its replica, both with an append-only file. Clients reach whoever is the primary
 * through one door, and the replica reaches it through another: both can lie.
 */
export class RedisPair {
  /** Where clients connect to; the replies it loses are those of scripts. */
  readonly door: FaultProxy;
  readonly #link: FaultProxy;
  #primary: RedisServer;
  #replica: RedisServer;

  private constructor(
    door: FaultProxy,
    link: FaultProxy,
    primary: RedisServer,
    replica: RedisServer,
  ) {
    this.door = door;
    this.#link = link;
    this.#primary = primary;
    this.#replica = replica;
  }

  /** Starts both, each in a folder below one of `parents`, and waits until they are in sync. */
  static async start(parents: readonly (string | undefined)[] = []): Promise<RedisPair> {
    const servers: RedisServer[] = [];
    const proxies: FaultProxy[] = [];
    try {
      for (const parent of [parents[0], parents[1]]) {
        servers.push(
          await RedisServer.start({
            appendFsync: 'everysec',
            settings: FAST_SYNC,
            ...(parent === undefined ? {} : { parent }),
          }),
        );
      }
      const [primary, replica] = servers as [RedisServer, RedisServer];
      proxies.push(await FaultProxy.start(at(primary), { watch: scriptReplies }));
      proxies.push(await FaultProxy.start(at(primary)));
      const [door, link] = proxies as [FaultProxy, FaultProxy];
      const pair = new RedisPair(door, link, primary, replica);
      await pair.#follow();
      return pair;
    } catch (error) {
      await Promise.all([...servers, ...proxies].map((one) => one.stop()));
      throw error;
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.door.port}`;
  }

  get primary(): RedisServer {
    return this.#primary;
  }

  /** `kill -9` of the primary, and the same server again on what it had written. */
  async restart(downMs: number): Promise<void> {
    await this.#primary.kill();
    await wait(downMs);
    await this.#back();
  }

  /** As `restart`, but the last `bytes` of the append-only file are lost. Returns how many were. */
  async cutTail(bytes: number): Promise<number> {
    await this.#primary.kill();
    const lost = await this.#primary.cutLog(bytes);
    await this.#back();
    return lost;
  }

  /**
   * The replica loses the primary, which goes on for `behindMs` and is killed; the replica takes over
   * without what it missed, and the old primary comes back as its replica.
   */
  async failOver(behindMs: number): Promise<void> {
    this.#link.refuse();
    await wait(behindMs);
    await this.#primary.kill();
    await this.#replica.command('REPLICAOF', 'NO', 'ONE');
    [this.#primary, this.#replica] = [this.#replica, this.#primary];
    this.door.retarget(at(this.#primary));
    this.#link.retarget(at(this.#primary));
    this.#link.heal();
    this.#replica.restart();
    await this.#replica.ready();
    await this.#follow();
  }

  /** Waits until the replica has a working link to the primary and everything that came over it. */
  async inSync(): Promise<void> {
    const deadline = performance.now() + SYNC_BOUND_MS;
    for (;;) {
      const told = await this.#replica.command('INFO', 'replication');
      if (told.includes('master_link_status:up')) return;
      if (performance.now() > deadline) throw new Error(`the replica is not in sync: ${told}`);
      await wait(50);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(
      [this.#primary, this.#replica, this.door, this.#link].map((one) => one.stop()),
    );
  }

  async #back(): Promise<void> {
    this.#primary.restart();
    await this.#primary.ready();
    await this.inSync();
  }

  async #follow(): Promise<void> {
    await this.#replica.command('REPLICAOF', '127.0.0.1', `${this.#link.port}`);
    await this.inSync();
  }
}
