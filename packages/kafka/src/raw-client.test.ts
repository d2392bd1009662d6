import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import {
  API,
  brokerFactory,
  CALL_VERSIONS,
  fetchCall,
  installedVersion,
  metadataCall,
  offsetsCall,
  PINNED_VERSION,
  protocolError,
} from './raw-client.js';

const kafka = () => new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });

test('kafkajs is the version whose inside is known', () => {
  expect(installedVersion()).toBe(PINNED_VERSION);
});

test('a broker has the members that the link uses', async () => {
  const broker = await brokerFactory(kafka())({ host: '127.0.0.1', port: 1, nodeId: 7 });
  expect(broker.versions).toBeNull();
  expect(broker.isConnected()).toBe(false);
  expect(broker.connectionPool).toMatchObject({ host: '127.0.0.1', port: 1 });
  expect(broker.connectionPool.pool).toHaveLength(2);
  for (const connection of broker.connectionPool.pool) {
    expect(connection.isConnected()).toBe(false);
    connection.rejectRequests(new Error('nothing is outstanding'));
  }
  await broker.disconnect();
});

test('another kafkajs is recognised', () => {
  const another = Object.create(null) as Kafka;
  expect(() => brokerFactory(another)).toThrow(PINNED_VERSION);
});

test('every call is of the version that the link demands of a broker', () => {
  const fetch = fetchCall({ maxWaitTime: 0, minBytes: 0, maxBytes: 1, topics: [] });
  const calls = [
    [API.fetch, fetch.request],
    [API.metadata, metadataCall(['t']).request],
    [API.listOffsets, offsetsCall('t', 0, 'latest').request],
  ] as const;
  for (const [api, request] of calls) {
    expect([request.apiKey, request.apiVersion]).toEqual([api, CALL_VERSIONS[api]]);
  }
});

test('metadata of no topics asks for none, not for all', async () => {
  const { buffer } = await metadataCall([]).request.encode();
  expect([...buffer]).toEqual([0, 0, 0, 0, 0]);
});

test('offsets are asked for read uncommitted', async () => {
  const { buffer } = await offsetsCall('t', 0, 'latest').request.encode();
  expect(buffer.readInt8(4)).toBe(0);
});

test('offsets are asked for by a time as it is', async () => {
  const timeOf = async (which: 'earliest' | 'latest' | number) => {
    const { buffer } = await offsetsCall('t', 0, which).request.encode();
    return buffer.readBigInt64BE(buffer.length - 8);
  };
  expect(await timeOf('earliest')).toBe(-2n);
  expect(await timeOf('latest')).toBe(-1n);
  expect(await timeOf(1_764_000_000_123)).toBe(1_764_000_000_123n);
});

test('an error code has the name of the protocol', () => {
  expect(protocolError(6).message).toMatch(/^NOT_LEADER_FOR_PARTITION \(6\)/);
});
