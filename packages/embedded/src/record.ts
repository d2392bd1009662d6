import type { LogRecord, Offset } from '@refold/pipeline';

/** Bytes before the key: append time (8), length of the key (2). */
const HEAD_BYTES = 10;

/** Longest key of a record, in UTF-8 bytes. */
export const RECORD_KEY_BYTES_MAX = 0xffff;

/** The database key of a record, which sorts as offsets do. */
export function offsetKey(offset: Offset): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(Math.floor(offset / 4_294_967_296), 0);
  key.writeUInt32BE(offset % 4_294_967_296, 4);
  return key;
}

/** One record as it is stored: append time, key length, key, value. */
export function encodeRecord(key: Buffer, value: string, timestamp: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + key.length + Buffer.byteLength(value));
  bytes.writeDoubleBE(timestamp, 0);
  bytes.writeUInt16BE(key.length, 8);
  key.copy(bytes, HEAD_BYTES);
  bytes.write(value, HEAD_BYTES + key.length);
  return bytes;
}

/** The record at `offset`; its texts are copies, so that nothing keeps the stored bytes alive. */
export function decodeRecord(offset: Offset, stored: Buffer): LogRecord {
  const valueAt = HEAD_BYTES + stored.readUInt16BE(8);
  return {
    offset,
    key: stored.toString('utf8', HEAD_BYTES, valueAt),
    value: stored.toString('utf8', valueAt),
    timestamp: stored.readDoubleBE(0),
    leaderEpoch: 0,
  };
}
