import { decodeRecord } from '../fold/decode.js';
import type { Decoded } from '../fold/decode.js';
import { OffsetOutOfRange } from '../ports/event-log.js';
import type { EventLog, LogRecord, Offset } from '../ports/event-log.js';
import { PartitionStopped } from '../project/partition-stopped.js';
import type { Projection } from '../projection.js';

/** How much was read: records of every sort, and the UTF-8 bytes of their keys and values. */
export interface ReadAmount {
  records: number;
  bytes: number;
  /** How many of the records are dead letters. */
  deadLetters: number;
}

/** A stretch of one partition, read without a group, one batch in memory at a time. */
export interface Scan {
  from: Offset;
  /** Exclusive. */
  to: Offset;
  /** Called for every record of the stretch, in order. */
  visit: (decoded: Decoded, bytes: number) => void;
  /** Looked at before every batch. */
  signal?: AbortSignal | undefined;
  /** Called after every batch with what that batch added. */
  progress?: ((read: ReadAmount) => void) | undefined;
}

/** UTF-8 bytes of the key and the value of a record. */
export const bytesOf = ({ key, value }: LogRecord): number =>
  Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '');

/**
 * Decodes every record in [from, to) as the fold does.
 * @throws OffsetOutOfRange when the log does not hold all of it, PartitionStopped at a record that
 * this build does not know, and the signal's reason once it is aborted.
 */
export async function scanPartition(
  log: Pick<EventLog, 'read' | 'range'>,
  projection: Projection,
  partition: number,
  { from, to, visit, signal, progress }: Scan,
): Promise<ReadAmount> {
  const { topic } = projection;
  const total: ReadAmount = { records: 0, bytes: 0, deadLetters: 0 };
  for (let at = from; at < to;) {
    signal?.throwIfAborted();
    const { records, next } = await log.read(topic, partition, at);
    if (next === at) {
      throw new OffsetOutOfRange(topic, partition, to, await log.range(topic, partition));
    }
    const where = { projection, partition, streams: new Map(), texts: new Map() };
    const read: ReadAmount = { records: 0, bytes: 0, deadLetters: 0 };
    for (const record of records) {
      if (record.offset >= to) break;
      const decoded = decodeRecord(record, where);
      if (decoded.kind === 'unknown_version') {
        const what = `the record at ${decoded.offset} has ${decoded.what}`;
        throw new PartitionStopped(
          'unknown_version',
          `${topic}/${partition}: ${what}, which this build does not know. Deploy a build that does.`,
        );
      }
      const bytes = bytesOf(record);
      visit(decoded, bytes);
      read.records += 1;
      read.bytes += bytes;
      if (decoded.kind === 'dead_letter') read.deadLetters += 1;
    }
    total.records += read.records;
    total.bytes += read.bytes;
    total.deadLetters += read.deadLetters;
    progress?.(read);
    at = next;
  }
  return total;
}
