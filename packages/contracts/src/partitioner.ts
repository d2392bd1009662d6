const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/**
 * Murmur2 over the first `length` bytes, as Kafka's Java client computes it: signed 32 bits.
 * The algorithm and the seed are those of `org.apache.kafka.common.utils.Utils.murmur2`.
 */
export function murmur2(bytes: Uint8Array, length = bytes.length): number {
  let h = (SEED ^ length) | 0;
  const blocks = length >> 2;
  for (let i = 0; i < blocks; i++) {
    const at = i << 2;
    let k =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    k = Math.imul(k, M);
    k ^= k >>> R;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
  }
  const tail = blocks << 2;
  const rest = length & 3;
  if (rest === 3) h ^= (bytes[tail + 2] ?? 0) << 16;
  if (rest >= 2) h ^= (bytes[tail + 1] ?? 0) << 8;
  if (rest >= 1) {
    h ^= bytes[tail] ?? 0;
    h = Math.imul(h, M);
  }
  h ^= h >>> 13;
  h = Math.imul(h, M);
  h ^= h >>> 15;
  return h | 0;
}

const encoder = new TextEncoder();
/** Keys of up to a third of this many UTF-16 units are encoded without an array of their own. */
const scratch = new Uint8Array(1024);

function murmur2Of(key: string): number {
  if (key.length * 3 > scratch.length) return murmur2(encoder.encode(key));
  return murmur2(scratch, encoder.encodeInto(key, scratch).written);
}

/**
 * The partition of a key: murmur2 over its UTF-8 bytes, made positive, modulo the partition count.
 * Kafka's Java client, franz-go and kafkajs agree with it; librdkafka needs `murmur2_random`.
 */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2Of(key) & 0x7fffffff) % partitions;
