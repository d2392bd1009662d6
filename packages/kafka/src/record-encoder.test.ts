import { expect, test } from 'vitest';
import { encodeBatch, encodeProduce } from './record-encoder.js';
import { decodeStretch } from './record-batch.js';

const place = { producerId: 2n ** 40n + 7n, producerEpoch: 3, sequence: 2_147_483_000 };

test.each([0, 1, 62, 63, 64, 8_190, 8_191, 8_192, 100_000])(
  'a record of %i bytes is measured as it is written, and reads as it was',
  async (length) => {
    const records = [
      { key: 'rün-1', value: 'x'.repeat(length) },
      { key: '', value: '✓'.repeat(length) },
    ];
    const batch = encodeBatch(records, place);
    const lastBytes = Buffer.concat([Buffer.from(`\0${'✓'.repeat(length)}`), Buffer.from([0])]);
    expect(batch.subarray(-2)).toEqual(lastBytes.subarray(-2));
    const { records: read, next } = await decodeStretch(batch, 0);
    expect(read.map(({ key, value }) => ({ key, value }))).toEqual(records);
    expect(next).toBe(2);
  },
);

test('a batch has not a byte more than its header and its records', () => {
  const record = [1, 1, 1, 1, 1, 'k'.length, 1, 'v'.length, 1].reduce((sum, bytes) => sum + bytes);
  expect(encodeBatch([{ key: 'k', value: 'v' }], place).length).toBe(61 + record);
});

test('a batch carries its producer and its place', () => {
  const batch = encodeBatch([{ key: 'k', value: 'v' }], place);
  expect(batch.readBigInt64BE(43)).toBe(place.producerId);
  expect(batch.readInt16BE(51)).toBe(place.producerEpoch);
  expect(batch.readInt32BE(53)).toBe(place.sequence);
});

test('many records have offsets of more than one byte', async () => {
  const records = Array.from({ length: 9_000 }, (_, i) => ({ key: 'k', value: `${i}` }));
  const { records: read } = await decodeStretch(encodeBatch(records, place), 0);
  expect(read.map(({ offset }) => offset)).toEqual(records.map((_, i) => i));
});

test('a request waits for all replicas and names each topic once', () => {
  const batch = encodeBatch([{ key: 'k', value: 'v' }], place);
  const body = encodeProduce(
    [
      { topic: 'one', partition: 1, batch },
      { topic: 'two', partition: 0, batch },
      { topic: 'one', partition: 2, batch },
    ],
    1_500,
  );
  expect([body.readInt16BE(0), body.readInt16BE(2)]).toEqual([-1, -1]);
  expect([body.readInt32BE(4), body.readInt32BE(8)]).toEqual([1_500, 2]);
  expect(body.length).toBe(12 + 2 * (2 + 3 + 4) + 3 * (8 + batch.length));
});
