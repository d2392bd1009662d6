import { OffsetOutOfRange } from '@refold/pipeline';
import type { LogBatch, LogRecord, Offset } from '@refold/pipeline';

/** What a partition holds at one offset: a record, or a marker that takes the offset and is never delivered. */
type Place = LogRecord | null;

/** One partition in memory. `places[0]` stands at offset `start`. */
export interface MemoryPartition {
  topic: string;
  partition: number;
  start: Offset;
  epoch: number;
  places: Place[];
  /** Called once, then forgotten, when the range of the partition changes. */
  waiters: Set<() => void>;
}

export const newPartition = (topic: string, partition: number): MemoryPartition => ({
  topic,
  partition,
  start: 0,
  epoch: 0,
  places: [],
  waiters: new Set(),
});

/** The offset the next record gets: the high watermark, for memory is durable here. */
export const endOf = (log: MemoryPartition): Offset => log.start + log.places.length;

/** The first offset that holds a record stamped `timeMs` or later; the end when there is none. */
export function firstSince(log: MemoryPartition, timeMs: number): Offset {
  const at = log.places.findIndex((there) => there !== null && there.timestamp >= timeMs);
  return at < 0 ? endOf(log) : log.start + at;
}

/** What a record weighs in a batch: the UTF-8 bytes of key and value. */
export const recordBytes = (record: { key: string | null; value: string | null }): number =>
  Buffer.byteLength(record.key ?? '') + Buffer.byteLength(record.value ?? '');

/** Wakes every session that waits for this partition to change. */
export function wakePartition(log: MemoryPartition): void {
  const waiting = [...log.waiters];
  log.waiters.clear();
  for (const wake of waiting) wake();
}

/** Puts one record, or one marker (null), at the end and returns its offset. Wakes nobody. */
export function place(
  log: MemoryPartition,
  record: Omit<LogRecord, 'offset' | 'leaderEpoch'> | null,
): Offset {
  const offset = endOf(log);
  log.places.push(record === null ? null : { ...record, offset, leaderEpoch: log.epoch });
  return offset;
}

/**
 * Records of one leader epoch from `from` up to `bytesMax` (at least one), past every marker on the way.
 * Throws {@link OffsetOutOfRange} below the start or past the end.
 */
export function readPartition(log: MemoryPartition, from: Offset, bytesMax: number): LogBatch {
  const end = endOf(log);
  if (!Number.isSafeInteger(from) || from < log.start || from > end) {
    throw new OffsetOutOfRange(log.topic, log.partition, from, { start: log.start, end });
  }
  const records: LogRecord[] = [];
  let bytes = 0;
  let next = from;
  while (next < end) {
    const there = log.places[next - log.start] ?? null;
    if (there !== null) {
      bytes += recordBytes(there);
      const [first] = records;
      if (first !== undefined && (bytes > bytesMax || there.leaderEpoch !== first.leaderEpoch))
        break;
      records.push({ ...there });
    }
    next += 1;
  }
  return { topic: log.topic, partition: log.partition, from, records, next, end };
}
