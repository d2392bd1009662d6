import { crc32c } from '@node-rs/crc32';
import type { OutgoingRecord } from '@refold/pipeline';
import { batchBytes, recordSize, type RecordSize } from './record-size.js';

/** Who writes, and the place of the first record in what was written to the partition. */
export interface ProducerPlace {
  producerId: bigint;
  producerEpoch: number;
  sequence: number;
}

const HEADER_BYTES = 61;
const MAGIC = 2;
const NO_HEADERS = 0;

/**
 * A record batch of format version 2, uncompressed. Its times are zero: the topics stamp records
 * when they are appended.
 */
export function encodeBatch(
  records: readonly Pick<OutgoingRecord, 'key' | 'value'>[],
  place: ProducerPlace,
): Buffer {
  const sizes = records.map(recordSize);
  const batch = Buffer.allocUnsafe(batchBytes(sizes));
  let at = HEADER_BYTES;
  const varint = (value: number): void => {
    let rest = value * 2;
    for (; rest >= 128; rest = Math.floor(rest / 128)) batch[at++] = (rest % 128) | 128;
    batch[at++] = rest;
  };
  records.forEach(({ key, value }, i) => {
    const size = sizes[i] as RecordSize;
    varint(size.body);
    batch[at++] = 0; // attributes
    varint(0); // time difference
    varint(i);
    varint(size.key);
    at += batch.write(key, at, 'utf8');
    varint(size.value);
    at += batch.write(value, at, 'utf8');
    varint(NO_HEADERS);
  });
  batch.writeBigInt64BE(0n, 0); // base offset, the broker's
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12); // leader epoch, the broker's
  batch.writeInt8(MAGIC, 16);
  batch.writeInt16BE(0, 21); // no compression, no transaction
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(0n, 27);
  batch.writeBigInt64BE(0n, 35);
  batch.writeBigInt64BE(place.producerId, 43);
  batch.writeInt16BE(place.producerEpoch, 51);
  batch.writeInt32BE(place.sequence, 53);
  batch.writeInt32BE(records.length, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** A batch on its way to one partition. */
export interface PartitionBatch {
  topic: string;
  partition: number;
  batch: Buffer;
}

const ALL_REPLICAS = -1;

/** The body of a produce request of version 7, acknowledged by all replicas. */
export function encodeProduce(batches: readonly PartitionBatch[], ackTimeoutMs: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeInt16BE(-1, 0); // no transaction
  head.writeInt16BE(ALL_REPLICAS, 2);
  head.writeInt32BE(ackTimeoutMs, 4);
  const byTopic = new Map<string, PartitionBatch[]>();
  for (const batch of batches) {
    const own = byTopic.get(batch.topic) ?? [];
    own.push(batch);
    byTopic.set(batch.topic, own);
  }
  head.writeInt32BE(byTopic.size, 8);
  const parts: Uint8Array[] = [head];
  for (const [topic, own] of byTopic) {
    const name = Buffer.from(topic);
    const topicHead = Buffer.alloc(2 + name.length + 4);
    topicHead.writeInt16BE(name.length, 0);
    name.copy(topicHead, 2);
    topicHead.writeInt32BE(own.length, 2 + name.length);
    parts.push(topicHead);
    for (const { partition, batch } of own) {
      const partitionHead = Buffer.alloc(8);
      partitionHead.writeInt32BE(partition, 0);
      partitionHead.writeInt32BE(batch.length, 4);
      parts.push(partitionHead, batch);
    }
  }
  return Buffer.concat(parts);
}
