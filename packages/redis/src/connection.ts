import { setTimeout as wait } from 'node:timers/promises';
import { RecentRefusal, StoreUnavailable } from '@refold/pipeline';
import { Redis } from 'ioredis';
import { renewAppendOnlyFile } from './append-only-file.js';
import {
  connectCluster,
  connectServer,
  type NodeAddress,
  type RedisStoreOptions,
  type StoreLogger,
} from './options.js';
import type { Client } from './script.js';
import { isRefusal, passingTrouble, wordsOf } from './trouble.js';

const ROLE_RETRY_MS = 500;
const LOOK_MS = 5_000;
const QUIT_BOUND_MS = 1_000;

/** The connection that commands go through; it comes back by itself for as long as it is open. */
export class Connection {
  readonly client: Client;
  readonly #refusal = new RecentRefusal(() => performance.now());
  readonly #options: RedisStoreOptions;
  readonly #logger: StoreLogger;
  /** Reads wait for this: a server that answers may be a replica by now. */
  #leads = false;
  #lastTrouble = 'not connected yet';
  readonly #waiting = new Set<() => void>();
  readonly #lookTimer: NodeJS.Timeout;
  #mayRenew = true;
  /** A full disk may have spoiled the append-only file. */
  #suspect = false;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.client = 'url' in options ? connectServer(options) : connectCluster(options);
    this.client.on('error', (error: Error) => this.#note(wordsOf(error)));
    this.client.on('close', () => {
      if (this.#leads) this.#lose('the connection was closed');
    });
    this.client.on('ready', () => void this.#find());
    this.#lookTimer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /** Whether reads may go through: connected, and to a master. */
  get leads(): boolean {
    return this.#leads;
  }

  /** Why it does not lead, in words. */
  get trouble(): string {
    return `the store does not answer: ${this.#lastTrouble}`;
  }

  /** What the server refused lately for want of a right; null: nothing. */
  get refusal(): string | null {
    return this.#refusal.reason();
  }

  /** The same as {@link passingTrouble}, and remembers a refusal. */
  troubleOf(error: unknown): string | null {
    const trouble = passingTrouble(error);
    if (trouble !== null && isRefusal(trouble)) this.#refusal.note(trouble);
    return trouble;
  }

  /** Waits `boundMs`, or less: until the next connection is there or this one is closed. */
  pause(boundMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, boundMs);
      this.#waiting.add(wake);
    });
  }

  /** Sends what only a master may answer; passing trouble becomes {@link StoreUnavailable}. */
  async ask<A>(question: (client: Client) => Promise<A>): Promise<A> {
    if (!this.#leads) throw new StoreUnavailable(this.trouble);
    try {
      return await question(this.client);
    } catch (error) {
      const trouble = this.troubleOf(error);
      if (trouble === null) throw error;
      throw new StoreUnavailable(`the store does not answer: ${trouble}`, { cause: error });
    }
  }

  /** The disk was full: the append-only file has to be written anew when it has room again. */
  suspectFile(): void {
    this.#suspect = true;
  }

  /** Every master that is known now: the server itself, or those of the cluster. */
  masters(): Redis[] {
    return this.client instanceof Redis ? [this.client] : this.client.nodes('master');
  }

  /** Where a subscriber may connect to; never empty. */
  addresses(): NodeAddress[] {
    const known = this.masters().map(({ options }) => ({
      host: options.host ?? 'localhost',
      port: options.port ?? 6379,
    }));
    return known.length === 0 && 'nodes' in this.#options ? this.#options.nodes : known;
  }

  /** Lets commands under way finish for a second, then closes. */
  async close(): Promise<void> {
    clearInterval(this.#lookTimer);
    this.#leads = false;
    this.#lastTrouble = 'the store is closed';
    this.#wakeAll();
    const quit = this.client.quit().then(
      () => undefined,
      () => undefined, // Nothing to end: the connection is gone already.
    );
    await Promise.race([quit, wait(QUIT_BOUND_MS)]);
    this.client.disconnect();
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** A trouble by itself ends nothing: a cluster also tells of nodes it can do without. */
  #note(trouble: string): void {
    if (trouble !== this.#lastTrouble) {
      this.#logger('warn', 'the connection to the store has trouble', { trouble });
    }
    this.#lastTrouble = trouble;
  }

  #lose(trouble: string): void {
    this.#leads = false;
    this.#lastTrouble = trouble;
    this.#logger('warn', 'the connection to the store was lost', { trouble });
  }

  /** A cluster's own table says who leads; a single server has to be asked, on every connection. */
  async #find(): Promise<void> {
    if (!(await this.#isMaster())) return;
    this.#leads = true;
    this.#logger('info', 'connected to the store', { nodes: this.addresses() });
    this.#wakeAll();
    await this.#renew();
  }

  /** A master may become a replica, and one of a cluster start again, without closing this connection. */
  async #look(): Promise<void> {
    if (this.#leads && (await this.#isMaster())) await this.#renew();
  }

  async #renew(): Promise<void> {
    if (!this.#mayRenew) return;
    let isDone = true;
    for (const server of this.masters()) {
      try {
        if (!(await renewAppendOnlyFile(server, this.#suspect))) isDone = false;
      } catch (error) {
        // A server that is away, or busy with another child process, is asked again.
        isDone = false;
        if (!(error instanceof Error && error.message.startsWith('NOPERM'))) continue;
        this.#mayRenew = false;
        const advice = 'grant +info and +bgrewriteaof, or see docs/faults.md on a cut file';
        this.#logger('warn', 'the append-only file may not be written anew', { advice });
        return;
      }
    }
    if (isDone) this.#suspect = false;
  }

  /** Whether the server leads. One that does not is left, after a while: it may be about to. */
  async #isMaster(): Promise<boolean> {
    const { client } = this;
    if (!(client instanceof Redis)) return true;
    const role = await client.role().then(
      ([first]) => String(first),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    if (role === 'master') return true;
    if (role instanceof Error && role.message.startsWith('NOPERM')) {
      this.#note('the role cannot be asked for: grant +role, or a replica may be read from');
      return true;
    }
    if (client.status !== 'ready') return false; // Lost meanwhile: the next connection is asked.
    this.#lose(role instanceof Error ? role.message : `connected to a ${role}, not to the master`);
    await wait(ROLE_RETRY_MS);
    if (client.status === 'ready' && !this.#leads) client.disconnect(true);
    return false;
  }
}
