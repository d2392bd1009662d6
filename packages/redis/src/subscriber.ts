import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable, type Listener } from '@refold/pipeline';
import type { Redis } from 'ioredis';
import { Channel, type Registration } from './channel.js';
import { reconnectDelay, type NodeAddress, type StoreLogger } from './options.js';
import { isRefusal, passingTrouble } from './trouble.js';

/** How long `listen` waits for the server's word before it leaves the rest to `resumed`. */
const LISTEN_BOUND_MS = 2_000;
/** How often a silent connection has to prove that it is alive, and its node that it belongs. */
const PROOF_MS = 5_000;
/** How often a server that refuses a channel is asked again. */
const REFUSED_RETRY_MS = 1_000;

/** Where messages come from; asked again after every loss. */
export interface MessageSource {
  /** Never empty. Any node of a cluster will do: each gets the messages of all. */
  addresses: () => NodeAddress[];
  /** A new connection that does not come back by itself. */
  connect: (address: NodeAddress) => Redis;
  logger: StoreLogger;
}

/** The channels of one process on one connection; ref-counted, restored after every loss. */
export class Subscriber {
  readonly #source: MessageSource;
  readonly #channels = new Map<string, Channel>();
  #client: Redis | null = null;
  #connections = 0;
  #failures = 0;
  #retry: NodeJS.Timeout | null = null;
  #proof: NodeJS.Timeout | null = null;
  #refused = false;
  #closed = false;

  constructor(source: MessageSource) {
    this.#source = source;
  }

  /**
   * Registers a listener; resolves when the server confirmed the channel, or after two seconds: then
   * `resumed` tells when it did. Rejects when the server refuses the channel.
   */
  async listen(name: string, listener: Listener): Promise<() => Promise<void>> {
    if (this.#closed) throw new StoreUnavailable('the store is closed');
    const registration: Registration = { listener, promised: false };
    const channel = this.#channels.get(name) ?? this.#open(name);
    channel.registrations.add(registration);
    if (this.#client === null && this.#retry === null) this.#connect();
    const bound = new AbortController();
    const late = wait(LISTEN_BOUND_MS, undefined, { signal: bound.signal }).catch(() => undefined);
    try {
      await Promise.race([channel.confirmed, late]);
    } catch (error) {
      await this.#stop(name, channel, registration);
      throw error;
    } finally {
      bound.abort();
    }
    registration.promised = true;
    return () => this.#stop(name, channel, registration);
  }

  close(): void {
    this.#closed = true;
    this.#channels.clear();
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#proof !== null) clearInterval(this.#proof);
    this.#client?.disconnect();
  }

  #open(name: string): Channel {
    const channel = new Channel();
    this.#channels.set(name, channel);
    if (this.#client?.status === 'ready') void this.#subscribe(this.#client, [name]);
    return channel;
  }

  async #stop(name: string, channel: Channel, registration: Registration): Promise<void> {
    channel.registrations.delete(registration);
    if (channel.registrations.size > 0 || this.#channels.get(name) !== channel) return;
    this.#channels.delete(name);
    if (this.#client?.status !== 'ready') return;
    try {
      await this.#client.unsubscribe(name);
    } catch (error) {
      // A connection that is lost meanwhile has no subscriptions either.
      const trouble = passingTrouble(error);
      if (trouble !== null && !isRefusal(trouble)) return;
      const fields = { channel: name, error: trouble ?? String(error) };
      this.#source.logger('warn', 'messages that nobody listens to go on', fields);
    }
  }

  #connect(): void {
    const addresses = this.#source.addresses();
    const address = addresses[this.#connections % addresses.length];
    if (address === undefined) throw new Error('a store has at least one address');
    this.#connections += 1;
    const client = this.#source.connect(address);
    this.#client = client;
    let trouble = 'the connection was closed';
    client.on('error', (error: Error) => {
      trouble = error.message;
    });
    client.on('message', (name: string, message: string) => {
      this.#channels.get(name)?.deliver(message);
    });
    client.on('ready', () => {
      this.#failures = 0;
      void this.#subscribe(client, [...this.#channels.keys()]);
    });
    client.on('end', () => this.#lost(trouble));
    this.#proof = setInterval(() => this.#prove(client, address), PROOF_MS).unref();
  }

  #lost(trouble: string): void {
    if (this.#proof !== null) clearInterval(this.#proof);
    this.#client = null;
    if (this.#closed) return;
    if (this.#failures === 0) {
      this.#source.logger('warn', 'messages of the store are interrupted', { trouble });
    }
    this.#failures += 1;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#connect();
    }, reconnectDelay(this.#failures));
  }

  /** A dead connection does not answer and is closed by its timeout; a node may leave the cluster. */
  #prove(client: Redis, { host, port }: NodeAddress): void {
    const belongs = this.#source.addresses().some((one) => one.host === host && one.port === port);
    if (!belongs) client.disconnect();
    else if (client.status === 'ready') client.ping().catch(() => undefined);
  }

  async #subscribe(client: Redis, names: string[]): Promise<void> {
    if (names.length === 0) return;
    const channels = names.map((name) => this.#channels.get(name));
    try {
      await client.subscribe(...names);
    } catch (error) {
      const trouble = passingTrouble(error);
      // A lost connection ends, and the next one subscribes to everything.
      if (trouble !== null && !isRefusal(trouble)) return;
      const reason = error instanceof Error ? error : new Error(String(error));
      for (const channel of channels) channel?.refuse(reason);
      this.#refuse(client, names, reason);
      return;
    }
    if (this.#refused) this.#source.logger('info', 'the store lets messages through again', {});
    this.#refused = false;
    for (const channel of channels) channel?.confirm();
  }

  /** Says so once, and asks again for whoever still listens: the right may have been taken away only now. */
  #refuse(client: Redis, names: readonly string[], { message: error }: Error): void {
    const advice = 'grant the channels of its namespace';
    if (!this.#refused)
      this.#source.logger('error', 'the store refuses messages', { error, advice });
    this.#refused = true;
    setTimeout(() => {
      if (client !== this.#client || client.status !== 'ready') return;
      const wanted = names.filter((name) => this.#channels.has(name));
      void this.#subscribe(client, wanted);
    }, REFUSED_RETRY_MS).unref();
  }
}
