import { randomFillSync } from 'node:crypto';

const RANDOM_BYTES = 10;
/** Random bytes are drawn for this many IDs at once. */
const POOL_IDS = 256;

const pool = Buffer.alloc(RANDOM_BYTES * POOL_IDS);
let drawn = POOL_IDS;

/** The last time written, and its text: many IDs are made within one millisecond. */
let writtenMs = Number.NaN;
let written = '';

function timePartOf(nowMs: number): string {
  if (nowMs !== writtenMs) {
    const hex = nowMs.toString(16).padStart(12, '0');
    written = `${hex.slice(0, 8)}-${hex.slice(8)}`;
    writtenMs = nowMs;
  }
  return written;
}

/** A UUIDv7 (RFC 9562): 48 bits of milliseconds since the epoch, 74 random bits. */
export function uuidV7(nowMs: number): string {
  if (drawn === POOL_IDS) {
    randomFillSync(pool);
    drawn = 0;
  }
  const at = RANDOM_BYTES * drawn++;
  pool[at] = ((pool[at] ?? 0) & 0x0f) | 0x70;
  pool[at + 2] = ((pool[at + 2] ?? 0) & 0x3f) | 0x80;
  const random = pool.toString('hex', at, at + RANDOM_BYTES);
  return `${timePartOf(nowMs)}-${random.slice(0, 4)}-${random.slice(4, 8)}-${random.slice(8)}`;
}
