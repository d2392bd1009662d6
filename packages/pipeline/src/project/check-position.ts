import { recordDigest } from '../fold/fold-cut.js';
import { OffsetOutOfRange } from '../ports/event-log.js';
import type { EventLog, LogRange, LogRecord, Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import type { Checkpoint, LastRecord } from '../slot/checkpoint.js';
import { PartitionStopped } from './partition-stopped.js';

export const REPLACED =
  'The log is not the one this read model was built from, or it lost its tail. If the log is right, ' +
  'discard the read models of this partition (empty the store) and they are folded anew; if the ' +
  'store is right, restore the log. Restart the read APIs afterwards: they refuse to go back.';

/** The log did not answer within the adapter's bound; it will be asked again. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
}

/** For whoever reads beside live folding, which finds out what is wrong with the log. @throws LogUnavailable */
export async function answered<T>(where: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LogUnavailable(`${where}: the log does not answer: ${reason}`, { cause: error });
  }
}

/** @throws PartitionStopped, LogUnavailable */
export async function asked<T>(where: string, answer: Promise<T>): Promise<T> {
  try {
    return await answered(where, answer);
  } catch (error) {
    const { cause } = error as LogUnavailable;
    if (!(cause instanceof OffsetOutOfRange)) throw error;
    throw new PartitionStopped('log_replaced', `${cause.message}. ${REPLACED}`, { cause });
  }
}

/** The log no longer has what has to be folded next. */
export const headMissing = (where: string, start: Offset, next: Offset): PartitionStopped =>
  new PartitionStopped(
    'log_head_missing',
    `${where}: the log begins at ${start}, but offsets from ${next} on are not folded. ` +
      'Restore the store from a backup that reaches that offset: the log no longer holds them.',
  );

/**
 * The partition count decides where a stream lives: with another one, good records look misplaced.
 * @throws PartitionStopped when the topic has not the count the projection was built with.
 */
export async function checkPartitionCount(log: EventLog, projection: Projection): Promise<void> {
  const { topic, partitions } = projection;
  const found = await asked(topic, log.partitions(topic));
  if (found === partitions) return;
  throw new PartitionStopped(
    'partition_count_changed',
    `${topic} has ${found} partitions, its read models were built with ${partitions}: streams would ` +
      'change partitions. Nothing was folded on. Recreate the topic with the old count, or move its ' +
      'records to a new topic and fold that from its start.',
  );
}

/**
 * Compares a checkpoint with the log before anything is folded: the position must lie within the
 * log, and the last folded record must still be the record that was folded.
 * @throws PartitionStopped when it does not; nothing is guessed and nothing jumps.
 */
export async function checkPosition(
  log: EventLog,
  projection: Projection,
  partition: number,
  checkpoint: Checkpoint | null,
): Promise<LogRange> {
  const { topic } = projection;
  const where = `${topic}/${partition}`;
  const range = await asked(where, log.range(topic, partition));
  const next = checkpoint?.next ?? 0;
  if (next < range.start) throw headMissing(where, range.start, next);
  if (next > range.end) {
    throw new PartitionStopped(
      'checkpoint_beyond_end',
      `${where}: the checkpoint is ${next}, but the log ends at ${range.end}. ${REPLACED}`,
    );
  }
  if (checkpoint !== null) await compareFolded(log, projection, partition, range, checkpoint);
  return range;
}

const isSame = (found: LogRecord, last: LastRecord | null): boolean =>
  found.offset === last?.offset &&
  found.timestamp === last.timestamp &&
  found.leaderEpoch === last.leaderEpoch &&
  recordDigest(found.value ?? '') === last.digest;

/**
 * Reads what lies below the checkpoint again, from the last folded record on: that record as the
 * checkpoint remembers it, then nothing but holes. What retention took cannot be compared.
 */
async function compareFolded(
  log: EventLog,
  { topic }: Projection,
  partition: number,
  range: LogRange,
  { last, next }: Checkpoint,
): Promise<void> {
  const where = `${topic}/${partition}`;
  const found: LogRecord[] = [];
  for (let at = Math.max(range.start, last?.offset ?? 0); at < next;) {
    const batch = await asked(where, log.read(topic, partition, at, 1));
    found.push(...batch.records.filter((record) => record.offset < next));
    if (batch.next <= at) break;
    at = batch.next;
  }
  const isExpected = last !== null && last.offset >= range.start;
  if (found.length === (isExpected ? 1 : 0) && found.every((record) => isSame(record, last)))
    return;
  const offset = found.find((record) => !isSame(record, last))?.offset ?? last?.offset ?? 0;
  throw new PartitionStopped(
    'log_replaced',
    `${where}: the record at ${offset} is not the one that was folded. ${REPLACED}`,
  );
}
