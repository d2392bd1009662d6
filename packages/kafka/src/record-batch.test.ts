import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeStretch, safeInt64 } from './record-batch.js';
import { APPEND_TIME, CONTROL, encodeBatch, TRANSACTIONAL } from './record-batch.fixture.js';

type Compress = (from: { buffer: Buffer }) => Promise<Buffer>;
const load = createRequire(import.meta.url);
const snappy = load('kafkajs-snappy') as () => { compress: Compress };
const Lz4 = load('@2l/kafkajs-lz4') as new () => { codec(): { compress: Compress } };
const toSnappy = (buffer: Buffer): Promise<Buffer> => snappy().compress({ buffer });
const toLz4 = (buffer: Buffer): Promise<Buffer> => new Lz4().codec().compress({ buffer });

const three = [{ value: 'a' }, { value: 'b' }, { value: 'c' }];
const offsets = async (bytes: Buffer, from: number) => {
  const { records, next } = await decodeStretch(bytes, from);
  return { offsets: records.map((record) => record.offset), next };
};

describe('records', () => {
  test('have the offset, the texts, the append time and the leader epoch of their batch', async () => {
    const batch = encodeBatch({ base: 10, records: three, leaderEpoch: 4, maxTimestamp: 777 });
    const { records, next } = await decodeStretch(batch, 10);
    expect(records[1]).toEqual({
      offset: 11,
      key: 'k',
      value: 'b',
      timestamp: 777,
      leaderEpoch: 4,
    });
    expect(next).toBe(13);
  });

  test('may lack key and value, and may be of any length', async () => {
    const value = 'ü'.repeat(100_000);
    const batch = encodeBatch({ base: 0, records: [{ key: null, value: null }, { value }] });
    const { records } = await decodeStretch(batch, 0);
    expect(records.map((record) => record.key)).toEqual([null, 'k']);
    expect(records.map((record) => record.value)).toEqual([null, value]);
  });

  test('keep nothing of the buffer they came in', async () => {
    const batch = encodeBatch({ base: 0, records: three });
    const { records } = await decodeStretch(batch, 0);
    batch.fill(0);
    expect(records.map((record) => record.value)).toEqual(['a', 'b', 'c']);
  });

  test('below the offset that was asked for are left out', async () => {
    const log = Buffer.concat([
      encodeBatch({ base: 0, records: three }),
      encodeBatch({ base: 3, records: three }),
    ]);
    expect(await offsets(log, 2)).toEqual({ offsets: [2, 3, 4, 5], next: 6 });
    expect(await offsets(log, 3)).toEqual({ offsets: [3, 4, 5], next: 6 });
  });
});

describe('unfit records keep their offset and say why', () => {
  test.each([
    ['of a transaction', APPEND_TIME | TRANSACTIONAL, /transaction/],
    ['stamped by the producer', 0, /LogAppendTime/],
  ])('%s', async (_name, attributes, reason) => {
    const batch = encodeBatch({ base: 5, records: three, attributes, firstTimestamp: 100 });
    const { records, next } = await decodeStretch(batch, 5);
    expect(records.map((record) => record.offset)).toEqual([5, 6, 7]);
    for (const record of records) expect(record.unfit).toMatch(reason);
    expect(next).toBe(8);
  });

  test('a producer’s time is still told', async () => {
    const batch = encodeBatch({ base: 0, records: three, attributes: 0, firstTimestamp: 100 });
    const { records } = await decodeStretch(batch, 0);
    expect(records.map((record) => record.timestamp)).toEqual([100, 110, 120]);
  });

  test('bytes that are not UTF-8, but not a replacement character that was sent', async () => {
    const records = [{ value: Buffer.from([0x7b, 0xff]) }, { value: 'sent: \ufffd' }];
    const decoded = await decodeStretch(encodeBatch({ base: 0, records }), 0);
    expect(decoded.records.map((record) => record.unfit)).toEqual([
      'key or value is not UTF-8',
      undefined,
    ]);
  });
});

describe('holes are passed', () => {
  test('control batches', async () => {
    const attributes = APPEND_TIME | TRANSACTIONAL | CONTROL;
    const marker = encodeBatch({ base: 3, records: [{}], attributes });
    expect(await offsets(marker, 3)).toEqual({ offsets: [], next: 4 });
  });

  test('compacted records, at the tail of a batch and between batches', async () => {
    const log = Buffer.concat([
      encodeBatch({ base: 0, records: [{ delta: 1 }], lastDelta: 9 }),
      encodeBatch({ base: 20, records: [], lastDelta: 4 }),
      encodeBatch({ base: 30, records: [{}] }),
    ]);
    expect(await offsets(log, 0)).toEqual({ offsets: [1, 30], next: 31 });
    expect(await offsets(log.subarray(0, log.length - 1), 5)).toEqual({ offsets: [], next: 25 });
  });
});

describe('what is cut off', () => {
  test('at the end is left for the next fetch', async () => {
    const whole = encodeBatch({ base: 0, records: three });
    const log = Buffer.concat([whole, encodeBatch({ base: 3, records: three })]);
    for (const length of [log.length - 1, whole.length + 70, whole.length + 5, whole.length]) {
      expect(await offsets(log.subarray(0, length), 0)).toEqual({ offsets: [0, 1, 2], next: 3 });
    }
  });

  test('already in the first batch says how many bytes it takes', async () => {
    const batch = encodeBatch({ base: 0, records: [{ value: 'x'.repeat(5_000) }] });
    const stretch = await decodeStretch(batch.subarray(0, 1_000), 0);
    expect(stretch).toEqual({ records: [], next: 0, needed: batch.length });
  });
});

test('a batch of another leader epoch ends the stretch before it', async () => {
  const log = Buffer.concat([
    encodeBatch({ base: 0, records: three, leaderEpoch: 1 }),
    encodeBatch({ base: 3, records: three, leaderEpoch: 1 }),
    encodeBatch({ base: 6, records: three, leaderEpoch: 2 }),
  ]);
  expect(await offsets(log, 1)).toEqual({ offsets: [1, 2, 3, 4, 5], next: 6 });
  expect(await offsets(log, 6)).toEqual({ offsets: [6, 7, 8], next: 9 });
});

describe('a damaged length', () => {
  test.each([-12, -13, 0, 48, -2_147_483_648])('of %d is refused', async (length) => {
    const whole = encodeBatch({ base: 0, records: three });
    const damaged = encodeBatch({ base: 3, records: three });
    damaged.writeInt32BE(length, 8);
    await expect(decodeStretch(damaged, 3)).rejects.toThrow(/offset 3 is damaged \(a length/);
    await expect(decodeStretch(damaged, 3)).rejects.toMatchObject({ name: 'UndecodableBatch' });
    const log = Buffer.concat([whole, damaged]);
    expect(await offsets(log, 0)).toEqual({ offsets: [0, 1, 2], next: 3 });
  });

  test('of a batch in offsets never passes it over', async () => {
    const damaged = encodeBatch({ base: 3, records: three });
    damaged.writeInt32BE(-4, 23);
    const log = Buffer.concat([damaged, encodeBatch({ base: 6, records: three })]);
    await expect(decodeStretch(log, 3)).rejects.toThrow(/offset 3 is damaged \(checksum/);
  });
});

describe('compressed batches', () => {
  test('are unfolded', async () => {
    const attributes = APPEND_TIME | 1;
    const batch = encodeBatch({ base: 0, records: three, attributes, fold: gzipSync });
    expect(await offsets(batch, 1)).toEqual({ offsets: [1, 2], next: 3 });
  });

  test.each([
    ['an unknown codec', 7, /codec 7.*deploy/],
    ['a damaged one', 1, /gzip.*check the producer/],
    ['a damaged one', 4, /zstd.*check the producer/],
  ])('of %s stop the reader and say what to do', async (_name, codec, reason) => {
    const batch = encodeBatch({ base: 9, records: three, attributes: APPEND_TIME | codec });
    await expect(decodeStretch(batch, 9)).rejects.toThrow(reason);
  });

  const snappyOf = (bytes: number): Buffer => {
    const length = Array.from({ length: 5 }, (_, i) => Math.floor(bytes / 2 ** (7 * i)) & 0x7f);
    return Buffer.from([...length.slice(0, 4).map((seven) => seven | 0x80), length[4] ?? 0, 0]);
  };
  const xerial = Buffer.from('82534e41505059000000000100000001', 'hex');
  const framed = (...blocks: Buffer[]): Buffer =>
    Buffer.concat([
      xerial,
      ...blocks.flatMap((block) => [Buffer.from([0, 0, 0, block.length]), block]),
    ]);
  const lz4Block = Buffer.from([1, 0, 0, 0x80, 0]);
  const lz4 = Buffer.concat([
    Buffer.from('04224d18607073', 'hex'),
    ...Array.from({ length: 17 }, () => lz4Block),
    Buffer.alloc(4),
  ]);
  const zstdRle = Buffer.concat([
    Buffer.from('28b52ffd0058', 'hex'),
    ...Array.from({ length: 513 }, (_, i) => Buffer.from([i === 512 ? 3 : 2, 0, 0x10, 0])),
  ]);
  const zstdWindow = Buffer.from('28b52ffd00f8010000', 'hex');
  const zstdContent = Buffer.from('28b52ffda000000040010000', 'hex');

  test.each([
    ['gzip', 1, gzipSync(Buffer.alloc(65 * 1_048_576), { level: 1 })],
    ['snappy', 2, snappyOf(65 * 1_048_576)],
    ['framed snappy', 2, framed(snappyOf(40 * 1_048_576), snappyOf(30 * 1_048_576))],
    ['lz4', 3, lz4],
    ['zstd', 4, zstdRle],
    ['zstd with a huge window', 4, zstdWindow],
    ['zstd with a huge content', 4, zstdContent],
  ])('that unfold beyond every bound are refused: %s', async (_name, codec, body) => {
    const attributes = APPEND_TIME | codec;
    const batch = encodeBatch({ base: 9, records: three, attributes, fold: () => body });
    await expect(decodeStretch(batch, 9)).rejects.toThrow(/offset 9.*(more than|larger than)/);
  });

  test.each([
    ['snappy', 2, toSnappy],
    ['framed snappy', 2, async (plain: Buffer) => framed(await toSnappy(plain))],
    ['lz4', 3, toLz4],
  ])('of %s are unfolded', async (_name, codec, compress) => {
    let plain = Buffer.alloc(0);
    const keep = (records: Buffer): Buffer => (plain = Buffer.from(records));
    encodeBatch({ base: 0, records: three, fold: keep });
    const body = await compress(plain);
    const attributes = APPEND_TIME | codec;
    const batch = encodeBatch({ base: 0, records: three, attributes, fold: () => body });
    expect(await offsets(batch, 1)).toEqual({ offsets: [1, 2], next: 3 });
  });

  test('end the stretch once they have unfolded to 16 MiB together', async () => {
    const value = 'v'.repeat(5 * 1_048_576);
    const attributes = APPEND_TIME | 1;
    const batches = Array.from({ length: 6 }, (_, base) =>
      encodeBatch({ base, records: [{ value }], attributes, fold: gzipSync }),
    );
    const log = Buffer.concat(batches);
    expect(log.length).toBeLessThan(100_000);
    expect(await offsets(log, 0)).toEqual({ offsets: [0, 1, 2, 3], next: 4 });
    expect(await offsets(log, 4)).toEqual({ offsets: [4, 5], next: 6 });
    const plain = batches.map((_, base) => encodeBatch({ base, records: [{ value }] }));
    expect(await offsets(Buffer.concat(plain), 0)).toMatchObject({ next: 6 });
  });

  test('that cannot be read end the stretch before them', async () => {
    const broken = encodeBatch({ base: 3, records: three, attributes: APPEND_TIME | 7 });
    const log = Buffer.concat([encodeBatch({ base: 0, records: three }), broken]);
    expect(await offsets(log, 0)).toEqual({ offsets: [0, 1, 2], next: 3 });
    await expect(decodeStretch(log, 3)).rejects.toMatchObject({ name: 'UnknownFormat' });
  });
});

test('an older message format and any flipped bit are refused', async () => {
  const old = encodeBatch({ base: 0, records: three, magic: 1 });
  await expect(decodeStretch(old, 0)).rejects.toThrow(/format 1/);
  const whole = encodeBatch({ base: 0, records: three });
  for (const at of [21, 40, 61, 70, whole.length - 1]) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 0x01;
    await expect(decodeStretch(flipped, 0)).rejects.toThrow(/checksum/);
  }
});

test('offsets beyond 2^53-1 are refused', () => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(2n ** 53n - 1n);
  expect(safeInt64(bytes, 0)).toBe(Number.MAX_SAFE_INTEGER);
  bytes.writeBigInt64BE(2n ** 53n);
  expect(() => safeInt64(bytes, 0)).toThrow(/2\^53/);
});
