import { asError } from './errors.js';
import { atMost } from './pause.js';
import {
  brokerFactory,
  CALL_VERSIONS,
  FETCH_CONNECTION,
  metadataCall,
  OTHER_CONNECTION,
  type RawBroker,
  type RawCall,
  type RawMetadata,
} from './raw-client.js';
import { newKafka } from './client.js';
import type { Settled } from './options.js';

const CLOSE_BOUND_MS = 1_000;

const givenUp = (): Error => new Error('the connection was given up');

/**
 * Connections to the brokers of one cluster, for calls by broker ID. It retries nothing: a call that
 * fails drops its broker, and the next `metadata` connects anew, to known brokers first and then to
 * the addresses it was given.
 */
export class BrokerLink {
  private readonly addresses: number;
  private readonly make: ReturnType<typeof brokerFactory>;
  private readonly brokers = new Map<number, RawBroker>();
  private readonly connecting = new Map<RawBroker, Map<number, Promise<unknown>>>();
  private seed: RawBroker | null = null;
  private closed = false;

  constructor(options: Settled) {
    this.addresses = options.brokers.length;
    this.make = brokerFactory(newKafka(options));
  }

  /** What the cluster says of the topics, errors of single topics and partitions included. */
  async metadata(topics: string[]): Promise<RawMetadata> {
    let trouble: Error | null = null;
    for (const [id, broker] of this.brokers) {
      try {
        return await this.adopt(await this.send(broker, metadataCall(topics)));
      } catch (error) {
        trouble = asError(error);
        this.drop(id);
      }
    }
    for (let i = 0; i < this.addresses && !this.closed; i++) {
      const seed = this.seed ?? (await this.make());
      try {
        const metadata = await this.send(seed, metadataCall(topics));
        // A broker that knows of none is just starting: it is asked again, not forgotten.
        if (metadata.brokers.length === 0) this.seed = seed;
        else this.retire(seed);
        return await this.adopt(metadata);
      } catch (error) {
        trouble = asError(error);
        this.retire(seed);
      }
    }
    throw trouble ?? new Error('the link is closed');
  }

  /** A broker that the last `metadata` named; undefined when there is none. */
  anyBroker(): number | undefined {
    return this.brokers.keys().next().value;
  }

  /** Sends a call to one broker that some `metadata` named. */
  async call<T>(brokerId: number, call: RawCall<T>): Promise<T> {
    const broker = this.brokers.get(brokerId);
    if (!broker) throw new Error(`broker ${brokerId} is not known`);
    try {
      return await this.send(broker, call);
    } catch (error) {
      this.drop(brokerId);
      throw error;
    }
  }

  /** Closes every connection; what is outstanding is rejected. Bounded to a second. */
  async close(): Promise<void> {
    this.closed = true;
    const all = [...this.brokers.values(), ...(this.seed ? [this.seed] : [])];
    this.brokers.clear();
    this.seed = null;
    await Promise.all(all.map((broker) => this.disconnect(broker)));
  }

  /** Keeps the brokers that are still where they were and prepares the new ones. */
  private async adopt(metadata: RawMetadata): Promise<RawMetadata> {
    const listed = new Map(metadata.brokers.map((broker) => [broker.nodeId, broker]));
    for (const [id, { connectionPool: known }] of this.brokers) {
      const now = listed.get(id);
      if (now?.host !== known.host || now.port !== known.port) this.drop(id);
    }
    for (const broker of listed.values()) {
      if (!this.closed && !this.brokers.has(broker.nodeId)) {
        this.brokers.set(broker.nodeId, await this.make(broker));
      }
    }
    return metadata;
  }

  private async send<T>(broker: RawBroker, call: RawCall<T>): Promise<T> {
    if (this.closed) throw new Error('the link is closed');
    const isFetch = call.request.apiName === 'Fetch';
    await this.connected(broker, isFetch ? FETCH_CONNECTION : OTHER_CONNECTION);
    return broker.connectionPool.send(call);
  }

  /** kafkajs opens a socket per caller when several find a connection closed: one attempt at a time. */
  private async connected(broker: RawBroker, index: number): Promise<void> {
    if (broker.versions && broker.connectionPool.pool[index]?.isConnected()) return;
    const attempts = this.connecting.get(broker) ?? new Map<number, Promise<unknown>>();
    this.connecting.set(broker, attempts);
    const attempt = attempts.get(index) ?? this.connect(broker, index);
    attempts.set(index, attempt);
    try {
      await attempt;
    } finally {
      attempts.delete(index);
    }
  }

  private async connect(broker: RawBroker, index: number): Promise<void> {
    await broker.connect();
    for (const [api, version] of Object.entries(CALL_VERSIONS)) {
      const { minVersion, maxVersion } = broker.versions?.[Number(api)] ?? {};
      if (!(Number(minVersion) <= version && version <= Number(maxVersion))) {
        throw new Error(
          `broker ${broker.connectionPool.host}:${broker.connectionPool.port} does not speak ` +
            `version ${version} of API ${api}: Kafka 2.3 to 4.x is needed`,
        );
      }
    }
    await broker.connectionPool.getConnection(index);
  }

  private retire(seed: RawBroker): void {
    this.seed = null;
    void this.disconnect(seed);
  }

  private drop(brokerId: number): void {
    const broker = this.brokers.get(brokerId);
    this.brokers.delete(brokerId);
    if (broker) void this.disconnect(broker);
  }

  private async disconnect(broker: RawBroker): Promise<void> {
    this.connecting.delete(broker);
    // kafkajs would wait for the answers first, which a frozen broker never sends.
    for (const connection of broker.connectionPool.pool) connection.rejectRequests(givenUp());
    await atMost(broker.disconnect(), CLOSE_BOUND_MS);
  }
}
