import { setTimeout as wait } from 'node:timers/promises';
import {
  slotTag,
  StoreUnavailable,
  type CommitOutcome,
  type Listener,
  type Notice,
  type OneTimeUses,
  type Read,
  type Slot,
  type Snapshot,
  type ViewStore,
  type Writes,
} from '@refold/pipeline';
import { commitArguments } from './commit-arguments.js';
import { Connection } from './connection.js';
import {
  connectMessages,
  namespaceOf,
  type RedisStoreOptions,
  type StoreLogger,
} from './options.js';
import { Patience } from './patience.js';
import { onlyTexts, readArguments, readKeys, snapshotOf } from './read-request.js';
import { COMMIT, READ, send, SPEND, type Client } from './script.js';
import { settingFaults } from './settings.js';
import { Subscriber } from './subscriber.js';

const OPEN_BOUND_MS = 3_000;
const PING_BOUND_MS = 1_000;
/** A request waits for this answer. */
const USE_BOUND_MS = 2_000;

/** A {@link ViewStore}, uses that are told once, and accounts that all processes on the same server share. */
export interface RedisStore extends ViewStore, OneTimeUses {
  /**
   * Spends milliseconds of accounts by name and answers how far each is ahead of the server's clock, in
   * milliseconds. Rejects with StoreUnavailable when the server does not answer; some may be spent then.
   */
  spend(amounts: ReadonlyMap<string, number>): Promise<Map<string, number>>;
}

const CLOSED_MEANWHILE = 'the store was closed while a commit waited; its outcome is unknown';

/**
 * Opens a {@link ViewStore} on Redis 7 or later, one server or a cluster.
 *
 * Resolves when connected, or after three seconds without: the store then rides the absence out.
 * While there is no connection to a master, commits wait; reads, pins and `check` reject with
 * StoreUnavailable. A commit whose answer was lost is sent again until it is known what became of it,
 * so every `next` must be unique; it rejects only when the server refuses for good or on `close`.
 * Throws a TypeError on options that cannot be used.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const store = new RedisViewStore(options, namespaceOf(options));
  await store.connected();
  return store;
}

class RedisViewStore implements RedisStore {
  readonly #prefix: string;
  readonly #isCluster: boolean;
  readonly #logger: StoreLogger;
  readonly #connection: Connection;
  readonly #subscriber: Subscriber;
  #closed = false;

  constructor(options: RedisStoreOptions, namespace: string) {
    this.#prefix = `${namespace}:`;
    this.#isCluster = 'nodes' in options;
    this.#logger = options.logger;
    this.#connection = new Connection(options);
    this.#subscriber = new Subscriber({
      addresses: () => this.#connection.addresses(),
      connect: (address) => connectMessages(options, address),
      logger: options.logger,
    });
  }

  /** Resolves when connected or after a bound. */
  async connected(): Promise<void> {
    await this.#connection.pause(OPEN_BOUND_MS);
  }

  async check(): Promise<string[]> {
    const faults = await this.#connection.ask(() =>
      Promise.all(this.#connection.masters().map((one) => settingFaults(one, this.#isCluster))),
    );
    return faults.flat();
  }

  async pin(projection: string, fact: string, value: string): Promise<string> {
    const key = `${this.#prefix}{${projection}}:pins`;
    return this.#connection.ask(async (client) => {
      await client.hsetnx(key, fact, value);
      const pinned = await client.hget(key, fact);
      if (pinned !== null) return pinned;
      throw new StoreUnavailable(`the store was emptied while ${fact} was pinned`);
    });
  }

  async read<const R extends readonly Read[]>(slot: Slot, reads: R): Promise<Snapshot<R>> {
    const prefix = this.#slotPrefix(slot);
    const answer = await this.#connection.ask((client) =>
      onlyTexts(reads)
        ? send(client, 'mget', readKeys(prefix, reads))
        : READ.run(client, readArguments(READ.digest, prefix, reads)),
    );
    return snapshotOf(reads, answer);
  }

  async commit(
    slot: Slot,
    expected: string | null,
    next: string,
    writes: Writes,
    notices: readonly Notice[],
  ): Promise<CommitOutcome> {
    const prefixes = { key: this.#slotPrefix(slot), channel: this.#prefix };
    const args = commitArguments(COMMIT.digest, prefixes, expected, next, writes, notices);
    let patience: Patience | null = null;
    for (;;) {
      const reply = await this.#tryCommit(args);
      if (!('trouble' in reply)) {
        patience?.end(reply.outcome);
        // The checkpoint that stands there is mine: an earlier try came through, its answer did not.
        const mine = reply.outcome === 'stale' && reply.current === next;
        return mine ? { outcome: 'committed' } : reply;
      }
      if (reply.trouble.startsWith('MISCONF')) this.#connection.suspectFile();
      patience ??= new Patience(this.#logger, { slot: slotTag(slot) });
      const trouble = this.#connection.leads ? reply.trouble : this.#connection.trouble;
      await this.#connection.pause(patience.nextWait(trouble));
      if (this.#closed) throw new StoreUnavailable(`${CLOSED_MEANWHILE} (${reply.trouble})`);
    }
  }

  listen(channel: string, listener: Listener): Promise<() => Promise<void>> {
    return this.#subscriber.listen(this.#prefix + channel, listener);
  }

  async spend(amounts: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    const entries = await this.#connection.ask((client) =>
      Promise.all(
        [...amounts].map(async ([account, ms]): Promise<[string, number]> => {
          const args = [SPEND.digest, '1', `${this.#prefix}rate:${account}`, String(ms)];
          return [account, Number(await SPEND.run(client, args))];
        }),
      ),
    );
    return new Map(entries);
  }

  async ping(): Promise<string | null> {
    try {
      await this.#within(PING_BOUND_MS, (client) => client.ping());
      return this.#connection.refusal;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** A key of its own that Redis takes away: nothing is folded from it, so it may lapse. */
  async use(id: string, expiresAtMs: number): Promise<boolean> {
    const key = `${this.#prefix}once:${id}`;
    const leftMs = Math.max(1, Math.ceil(expiresAtMs - Date.now()));
    const set = await this.#within(USE_BOUND_MS, (client) =>
      client.set(key, '', 'PX', leftMs, 'NX'),
    );
    return set === 'OK';
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#subscriber.close();
    await this.#connection.close();
  }

  /** Asks, and waits no longer than the bound for the answer. */
  async #within<A>(boundMs: number, question: (client: Client) => Promise<A>): Promise<A> {
    const bound = new AbortController();
    const answer = this.#connection.ask(question);
    answer.catch(() => undefined); // It may fail after nobody waits for it any more.
    const late = wait(boundMs, undefined, { signal: bound.signal }).then(() => {
      throw new StoreUnavailable(`the store has not answered for ${boundMs} ms`);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      bound.abort();
      await Promise.allSettled([late]);
    }
  }

  #slotPrefix(slot: Slot): string {
    return `${this.#prefix}${slotTag(slot)}:`;
  }

  /** One try: what the script answered, or why nothing is known yet. */
  async #tryCommit(args: string[]): Promise<CommitOutcome | { trouble: string }> {
    try {
      const reply = await COMMIT.run(this.#connection.client, args);
      if (reply === 1) return { outcome: 'committed' };
      return { outcome: 'stale', current: (reply as [string | null])[0] };
    } catch (error) {
      const trouble = this.#connection.troubleOf(error);
      if (trouble === null) throw error;
      return { trouble };
    }
  }
}
