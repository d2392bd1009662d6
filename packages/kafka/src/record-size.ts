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

/** What a record takes, in bytes. */
export interface RecordSize {
  key: number;
  value: number;
  /** All that stands behind its own length. */
  body: number;
}

/** @param place The place of the record in its batch. */
export function recordSize(
  { key, value }: Pick<OutgoingRecord, 'key' | 'value'>,
  place: number,
): RecordSize {
  const size = { key: Buffer.byteLength(key), value: Buffer.byteLength(value), body: 0 };
  const lengths = varintBytes(place) + varintBytes(size.key) + varintBytes(size.value);
  size.body = RECORD_OVERHEAD + lengths + size.key + size.value;
  return size;
}

/** Bytes that a batch of records of these sizes takes on the wire, uncompressed. */
export const batchBytes = (sizes: readonly RecordSize[]): number =>
  sizes.reduce((total, { body }) => total + varintBytes(body) + body, BATCH_OVERHEAD);
