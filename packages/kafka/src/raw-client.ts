/**
 * With `client-mends.ts` everything that reaches behind the public interface of kafkajs. It holds for
 * version 2.2.4 only; `raw-client.test.ts` pins that version and the shapes used here.
 */
import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';

const load = createRequire(import.meta.url);

export const PINNED_VERSION = '2.2.4';

export const installedVersion = (): string =>
  (load('kafkajs/package.json') as { version: string }).version;

/** A request as kafkajs sends it; `encode` yields an object with the encoded bytes. */
interface RawRequest {
  apiKey: number;
  apiVersion: number;
  apiName: string;
  encode(): Promise<{ buffer: Buffer }>;
  expectResponse?: () => boolean;
}

/** A request, and how to read its answer. */
export interface RawCall<T> {
  request: RawRequest;
  response: {
    decode: (payload: Buffer) => Promise<T & { clientSideThrottleTime: number }>;
    parse: (decoded: T) => T;
  };
  requestTimeout?: number;
  logResponseError: boolean;
}

interface RawConnection {
  isConnected(): boolean;
  rejectRequests(error: Error): void;
}

export interface RawBroker {
  versions: Record<number, { minVersion: number; maxVersion: number }> | null;
  connectionPool: {
    host: string;
    port: number;
    pool: RawConnection[];
    getConnection(index: number): Promise<RawConnection>;
    send<T>(call: RawCall<T>): Promise<T>;
  };
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

interface RawCluster {
  rootLogger: unknown;
  connectionPoolBuilder: {
    build(to?: { host: string; port: number }): Promise<RawBroker['connectionPool']>;
  };
  brokerPool: {
    createBroker(options: {
      connectionPool: RawBroker['connectionPool'];
      logger: unknown;
      nodeId?: number;
    }): RawBroker;
  };
}

type CreateCluster = (options: { allowAutoTopicCreation: boolean }) => RawCluster;

/** Makes brokers that nothing of kafkajs reconnects, retries or forgets by itself. */
export function brokerFactory(
  kafka: Kafka,
): (to?: { host: string; port: number; nodeId: number }) => Promise<RawBroker> {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (!symbol) throw new Error(`kafkajs ${installedVersion()} is not ${PINNED_VERSION}: pin it`);
  const create = (kafka as unknown as Record<symbol, CreateCluster>)[symbol] as CreateCluster;
  const cluster = create({ allowAutoTopicCreation: false });
  return async (to) => {
    const connectionPool = await cluster.connectionPoolBuilder.build(to);
    return cluster.brokerPool.createBroker({
      connectionPool,
      logger: cluster.rootLogger,
      ...(to ? { nodeId: to.nodeId } : {}),
    });
  };
}

/** The connection of a broker that kafkajs keeps for fetches alone. */
export const FETCH_CONNECTION = 1;
export const OTHER_CONNECTION = 0;

const readUncommitted = 0;

export const API = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  initProducerId: 22,
} as const;

/** The versions of the calls below; a broker that lacks one is too old. */
export const CALL_VERSIONS = {
  [API.produce]: 7,
  [API.fetch]: 11,
  [API.listOffsets]: 3,
  [API.metadata]: 6,
  [API.initProducerId]: 1,
} as const;

export interface FetchPartition {
  partition: number;
  fetchOffset: string;
  maxBytes: number;
}

export interface FetchRequest {
  maxWaitTime: number;
  minBytes: number;
  maxBytes: number;
  topics: { topic: string; partitions: FetchPartition[] }[];
}

type Build<Options> = (options: Options) => RawRequest;

interface Encoded {
  /** `buf` up to `offset`. */
  readonly buffer: Buffer;
  buf: Buffer;
  offset: number;
  writeInt32(value: number): Encoded;
  writeBoolean(value: boolean): Encoded;
}
const Encoder = load('kafkajs/src/protocol/encoder') as new (bytes?: number) => Encoded;

const builder = (path: string): unknown => load(`kafkajs/src/protocol/requests/${path}/request`);

type FetchOptions = FetchRequest & { replicaId: number; isolationLevel: number };
const buildFetch = builder('fetch/v11') as Build<FetchOptions>;

/** A fetch whose answer is handed over as it came. The answer belongs to the caller alone. */
export const fetchCall = (fetch: FetchRequest): RawCall<{ payload: Buffer }> => ({
  request: buildFetch({ ...fetch, replicaId: -1, isolationLevel: readUncommitted }),
  response: {
    decode: async (payload) => ({ payload, clientSideThrottleTime: payload.readInt32BE(0) }),
    parse: (decoded) => decoded,
  },
  requestTimeout: fetch.maxWaitTime + 5_000,
  logResponseError: false,
});

/** Decoded by kafkajs, but without its rule that one failing partition fails the whole answer. */
const decodedBy = <T>(path: string, request: RawRequest): RawCall<T> => {
  const { decode } = load(
    `kafkajs/src/protocol/requests/${path}/response`,
  ) as RawCall<T>['response'];
  return { request, response: { decode, parse: (decoded) => decoded }, logResponseError: false };
};

export interface RawMetadata {
  brokers: { nodeId: number; host: string; port: number }[];
  topicMetadata: {
    topicErrorCode: number;
    topic: string;
    partitionMetadata: { partitionErrorCode: number; partitionId: number; leader: number }[];
  }[];
}

interface MetadataOptions {
  topics: string[];
  allowAutoTopicCreation: boolean;
}
const buildMetadata = builder('metadata/v6') as Build<MetadataOptions>;

/** Metadata of the named topics; of none when the list is empty (kafkajs would ask for all). */
export const metadataCall = (topics: string[]): RawCall<RawMetadata> => {
  const request = buildMetadata({ topics, allowAutoTopicCreation: false });
  if (topics.length === 0) {
    request.encode = async () => new Encoder().writeInt32(0).writeBoolean(false);
  }
  return decodedBy('metadata/v6', request);
};

export interface RawOffsets {
  responses: { partitions: { errorCode: number; offset: string }[] }[];
}

interface OffsetsOptions {
  replicaId: number;
  isolationLevel: number;
  topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
}
const buildOffsets = builder('listOffsets/v3') as Build<OffsetsOptions>;

const INSTEAD_OF_TIME = { earliest: -2, latest: -1 };

/** `earliest` is the first offset still there, `latest` the high watermark, a number a time in ms. */
export const offsetsCall = (
  topic: string,
  partition: number,
  which: 'earliest' | 'latest' | number,
): RawCall<RawOffsets> => {
  const timestamp = typeof which === 'number' ? which : INSTEAD_OF_TIME[which];
  const topics = [{ topic, partitions: [{ partition, timestamp }] }];
  const request = buildOffsets({ replicaId: -1, isolationLevel: readUncommitted, topics });
  return decodedBy('listOffsets/v3', request);
};

/** The broker's word for an error code, as `NOT_LEADER_FOR_PARTITION: …`. */
export function protocolError(code: number): Error & { type?: string } {
  const { createErrorFromCode } = load('kafkajs/src/protocol/error') as {
    createErrorFromCode: (code: number) => Error & { type?: string };
  };
  const error = createErrorFromCode(code);
  error.message = `${error.type ?? 'UNKNOWN'} (${code}): ${error.message}`;
  return error;
}

export interface RawProducerId {
  errorCode: number;
  producerId: string;
  producerEpoch: number;
}

interface ProducerIdOptions {
  transactionalId: null;
  transactionTimeout: number;
}
const buildProducerId = builder('initProducerId/v1') as Build<ProducerIdOptions>;

/** A producer ID of its own for an idempotent producer without transactions. */
export const producerIdCall = (): RawCall<RawProducerId> =>
  decodedBy('initProducerId/v1', buildProducerId({ transactionalId: null, transactionTimeout: 0 }));

export interface RawProduced {
  topics: {
    topicName: string;
    partitions: {
      partition: number;
      errorCode: number;
      baseOffset: string;
      logAppendTime: string;
    }[];
  }[];
}

/** Sends a body of version 7 that is encoded already. */
export const produceCall = (body: Buffer): RawCall<RawProduced> =>
  decodedBy('produce/v7', {
    apiKey: API.produce,
    apiVersion: CALL_VERSIONS[API.produce],
    apiName: 'Produce',
    encode: async () => {
      const encoded = new Encoder(1);
      encoded.buf = body;
      encoded.offset = body.length;
      return encoded;
    },
    expectResponse: () => true,
  });
