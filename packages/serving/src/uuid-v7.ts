import { randomFillSync } from 'node:crypto';
import { UUID_RANDOM_BYTES, uuidV7Of } from '@refold/contracts';

/** Random bytes are drawn for this many IDs at once. */
const POOL_IDS = 256;

const pool = new Uint8Array(UUID_RANDOM_BYTES * POOL_IDS);
let drawn = POOL_IDS;

/** A new UUIDv7 (RFC 9562) of this time in milliseconds since the epoch. */
export function uuidV7(nowMs: number): string {
  if (drawn === POOL_IDS) {
    randomFillSync(pool);
    drawn = 0;
  }
  const at = UUID_RANDOM_BYTES * drawn++;
  return uuidV7Of(nowMs, pool.subarray(at, at + UUID_RANDOM_BYTES));
}
