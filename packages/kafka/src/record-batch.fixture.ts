import { crc32c } from '@node-rs/crc32';

/** Writes record batches of format version 2, as a broker would return them. */

export interface BatchSpec {
  base: number;
  records: { key?: string | Buffer | null; value?: string | Buffer | null; delta?: number }[];
  /** Default: that of the last record; larger when its tail was compacted away. */
  lastDelta?: number;
  attributes?: number;
  leaderEpoch?: number;
  firstTimestamp?: number;
  maxTimestamp?: number;
  magic?: number;
  /** Replaces the encoded records, as a codec does. */
  fold?: (records: Buffer) => Buffer;
}

export const APPEND_TIME = 0x08;
export const TRANSACTIONAL = 0x10;
export const CONTROL = 0x20;

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
};

const text = (content: string | Buffer | null): Buffer =>
  content === null
    ? varint(-1)
    : Buffer.concat([varint(Buffer.byteLength(content)), Buffer.from(content)]);

export function encodeBatch(spec: BatchSpec): Buffer {
  const deltas = spec.records.map(({ delta }, i) => delta ?? i);
  const records = spec.records.map(({ key = 'k', value = 'v' }, i) => {
    const header = Buffer.concat([varint(1), text('name'), text('of no interest')]);
    const body = Buffer.concat([
      Buffer.from([0]),
      varint(i * 10),
      varint(deltas[i] ?? i),
      text(key),
      text(value),
      header,
    ]);
    return Buffer.concat([varint(body.length), body]);
  });
  const body = (spec.fold ?? ((plain) => plain))(Buffer.concat(records));
  const batch = Buffer.alloc(61 + body.length);
  batch.writeBigInt64BE(BigInt(spec.base), 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(spec.leaderEpoch ?? 0, 12);
  batch.writeInt8(spec.magic ?? 2, 16);
  batch.writeInt16BE(spec.attributes ?? APPEND_TIME, 21);
  batch.writeInt32BE(spec.lastDelta ?? deltas.at(-1) ?? 0, 23);
  batch.writeBigInt64BE(BigInt(spec.firstTimestamp ?? 1_000), 27);
  batch.writeBigInt64BE(BigInt(spec.maxTimestamp ?? 2_000), 35);
  batch.writeInt32BE(spec.records.length, 57);
  body.copy(batch, 61);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}
