import type { OutgoingRecord } from '@refold/pipeline';

/** Header of a record batch of format version 2. */
const BATCH_OVERHEAD = 61;
/** Attributes, time difference (none), count of headers (none). */
const RECORD_OVERHEAD = 1 + 1 + 1;

/** Bytes of a non-negative integer as a zig-zag varint. */
export const varintBytes = (value: number): number => {
  let bytes = 1;
  for (let rest = value * 2; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
};

/** Bytes of a record behind its own length; `place` is its place in the batch. */
export const recordBytes = (keyBytes: number, valueBytes: number, place: number): number =>
  RECORD_OVERHEAD +
  varintBytes(place) +
  varintBytes(keyBytes) +
  keyBytes +
  varintBytes(valueBytes) +
  valueBytes;

/** Bytes that a batch of these records takes on the wire, uncompressed. */
export function batchBytes(records: readonly Pick<OutgoingRecord, 'key' | 'value'>[]): number {
  let total = BATCH_OVERHEAD;
  records.forEach(({ key, value }, i) => {
    const body = recordBytes(Buffer.byteLength(key), Buffer.byteLength(value), i);
    total += varintBytes(body) + body;
  });
  return total;
}
