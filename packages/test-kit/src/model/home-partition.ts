const MULTIPLIER = 0x5bd1e995;

const scramble = (word: number): number => {
  const once = Math.imul(word, MULTIPLIER);
  return Math.imul(once ^ (once >>> 24), MULTIPLIER);
};

/** Murmur2 with Kafka's seed, written from its published definition; signed 32 bits. */
export function hashOfKey(key: string): number {
  const bytes = [...new TextEncoder().encode(key)];
  let hash = 0x9747b28c ^ bytes.length;
  while (bytes.length >= 4) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.splice(0, 4);
    hash = Math.imul(hash, MULTIPLIER) ^ scramble(a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24);
  }
  if (bytes.length > 0) {
    const rest = bytes.reduce((word, byte, index) => word + byte * 2 ** (8 * index), 0);
    hash = Math.imul(hash ^ rest, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) | 0;
}

/** The partition a stream's records belong on. */
export const homePartition = (key: string, partitions: number): number =>
  (hashOfKey(key) & 0x7fffffff) % partitions;
