import { recordDigest } from '../fold/fold-cut.js';
import type { EventLog, LogRange } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import type { Checkpoint, LastRecord } from '../slot/checkpoint.js';
import { PartitionStopped } from './partition-stopped.js';

const REPLACED =
  'The log is not the one this read model was built from, or it lost its tail. If the log is right, ' +
  'discard the read models of this partition (empty the store) and they are folded anew; if the ' +
  'store is right, restore the log.';

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
  const range = await log.range(topic, partition);
  const where = `${topic}/${partition}`;
  const next = checkpoint?.next ?? 0;
  if (next < range.start) {
    throw new PartitionStopped(
      'log_head_missing',
      `${where}: the log begins at ${range.start}, but offsets from ${next} on are not folded. ` +
        'Restore the store from a backup that reaches that offset: the log no longer holds them.',
    );
  }
  if (next > range.end) {
    throw new PartitionStopped(
      'checkpoint_beyond_end',
      `${where}: the checkpoint is ${next}, but the log ends at ${range.end}. ${REPLACED}`,
    );
  }
  const last = checkpoint?.last ?? null;
  if (last !== null && last.offset >= range.start) await compareLast(log, topic, partition, last);
  return range;
}

/** Reads the last folded record again and compares it with what the checkpoint remembers. */
export async function compareLast(
  log: EventLog,
  topic: string,
  partition: number,
  last: LastRecord,
): Promise<void> {
  const { records } = await log.read(topic, partition, last.offset, 1);
  const found = records.find((record) => record.offset === last.offset);
  const same =
    found !== undefined &&
    found.timestamp === last.timestamp &&
    recordDigest(found.value ?? '') === last.digest;
  if (same) return;
  throw new PartitionStopped(
    'log_replaced',
    `${topic}/${partition}: the record at ${last.offset} is not the one that was folded. ${REPLACED}`,
  );
}
