import type { OutgoingRecord } from '@refold/pipeline';

/** Header of a record batch of format version 2. */
const BATCH_OVERHEAD = 61;
/** Attributes, time difference (at most three bytes within one send), count of headers. */
const RECORD_OVERHEAD = 1 + 3 + 1;

const varintBytes = (value: number): number => {
  let bytes = 1;
  for (let rest = value * 2; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
};

/**
 * Bytes that a batch of these records takes on the wire, uncompressed; at most two bytes a record
 * too many, never too few.
 */
export function batchBytes(records: readonly Pick<OutgoingRecord, 'key' | 'value'>[]): number {
  let total = BATCH_OVERHEAD;
  records.forEach(({ key, value }, i) => {
    const keyBytes = Buffer.byteLength(key);
    const valueBytes = Buffer.byteLength(value);
    const body =
      RECORD_OVERHEAD +
      varintBytes(i) +
      varintBytes(keyBytes) +
      keyBytes +
      varintBytes(valueBytes) +
      valueBytes;
    total += varintBytes(body) + body;
  });
  return total;
}
