import { OffsetOutOfRange } from '@refold/pipeline';
import type { Appended, LogBatch, LogRange, LogRecord, Offset } from '@refold/pipeline';
import type { Transaction } from 'lmdb';
import type { Environment, Records } from './environment.js';
import { FolderUnusable } from './errors.js';
import { keyOf } from './keys.js';
import { noteCut } from './ownership.js';
import { decodeRecord, encodeRecord, offsetKey } from './record.js';
import { seal, unseal } from './seal.js';

/** One partition on the disk. Its head (end, last append time and start) stands in `meta`. */
export interface PartitionLog {
  topic: string;
  partition: number;
  records: Records;
  headKey: Buffer;
}

interface Head {
  end: Offset;
  lastTime: number;
  start: Offset;
}

export const openPartition = (
  environment: Environment,
  topic: string,
  partition: number,
): PartitionLog => ({
  topic,
  partition,
  records: environment.openRecords(topic, partition),
  headKey: keyOf('head', topic, String(partition)),
});

const parseHead = (text: string | undefined): Head => {
  const [end = 0, lastTime = 0, start = 0] = (text ?? '').split(' ', 3).map(Number);
  return { end, lastTime, start };
};

/** A log that begins at 0 has a head as it always had. */
const headText = ({ end, lastTime, start }: Head): string =>
  [end, lastTime, ...(start === 0 ? [] : [start])].join(' ');

/**
 * Appends records in order, stamped with max(last append time, `now`). Inside a write transaction.
 * Throws when the records and the head disagree, which only damage can bring about.
 */
export function appendTo(
  environment: Environment,
  log: PartitionLog,
  records: readonly { key: Buffer; value: string }[],
  now: number,
): Appended[] {
  const head = parseHead(environment.meta.get(log.headKey));
  const timestamp = Math.max(head.lastTime, now);
  const landed = records.map(({ key, value }, i): Appended => {
    const offset = head.end + i;
    const at = offsetKey(offset);
    const stored = seal(at, encodeRecord(key, value, timestamp));
    if (!log.records.putSync(at, stored, { append: true })) {
      throw new Error(
        `${log.topic}/${log.partition}: offset ${offset} is taken, the log is damaged`,
      );
    }
    return { offset, timestamp };
  });
  const grown = { ...head, end: head.end + records.length, lastTime: timestamp };
  environment.meta.putSync(log.headKey, headText(grown));
  return landed;
}

const rangeIn = (
  environment: Environment,
  log: PartitionLog,
  transaction: Transaction,
): LogRange => {
  const { start, end } = parseHead(environment.meta.get(log.headKey, { transaction }));
  return { start, end };
};

/** Records that one transaction gives up: appending waits for it. */
const GIVEN_UP_AT_ONCE = 5_000;

/**
 * Gives up records below `start`, of those that are there at most {@link GIVEN_UP_AT_ONCE}, and says whether more are
 * left. From the first time on the partition begins at `start`, and the folder is of the format that says so. Inside a write transaction.
 * @throws OffsetOutOfRange past the end.
 */
export function truncateTo(environment: Environment, log: PartitionLog, start: Offset): boolean {
  const head = parseHead(environment.meta.get(log.headKey));
  if (start > head.end) throw new OffsetOutOfRange(log.topic, log.partition, start, head);
  if (start > head.start) {
    environment.meta.putSync(log.headKey, headText({ ...head, start }));
    noteCut(environment.meta);
  }
  const end = offsetKey(Math.max(start, head.start));
  const keys = [...log.records.getKeys({ end, limit: GIVEN_UP_AT_ONCE })];
  for (const key of keys) log.records.removeSync(key);
  return keys.length === GIVEN_UP_AT_ONCE;
}

/** What the partition holds on the disk now. */
export const rangeOf = (environment: Environment, log: PartitionLog): LogRange =>
  environment.snapshot((transaction) => rangeIn(environment, log, transaction));

const missing = (
  { folder }: Environment,
  { topic, partition }: PartitionLog,
  offset: Offset,
): FolderUnusable =>
  new FolderUnusable(
    `${folder} is damaged (${topic}/${partition} has no record at ${offset}): stop, and restore a copy`,
  );

/** The first record appended at `timeMs` or later, or the end: times never go back, so it is bisected. */
export const firstSince = (environment: Environment, log: PartitionLog, timeMs: number): Offset =>
  environment.snapshot((transaction) => {
    const range = rangeIn(environment, log, transaction);
    let low = range.start;
    let high = range.end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const key = offsetKey(middle);
      const stored = log.records.get(key, { transaction });
      if (stored === undefined) throw missing(environment, log, middle);
      if (decodeRecord(middle, unseal(key, stored)).timestamp < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  });

/** Records from `from` up to `bytesMax` of stored bytes, but at least one. */
export function readFrom(
  environment: Environment,
  log: PartitionLog,
  from: Offset,
  bytesMax: number,
): LogBatch {
  return environment.snapshot((transaction) => {
    const { topic, partition } = log;
    const range = rangeIn(environment, log, transaction);
    if (!Number.isSafeInteger(from) || from < range.start || from > range.end) {
      throw new OffsetOutOfRange(topic, partition, from, range);
    }
    const records: LogRecord[] = [];
    let bytes = 0;
    if (from < range.end) {
      const start = offsetKey(from);
      for (const { key, value } of log.records.getRange({ start, transaction })) {
        bytes += value.length;
        if (records.length > 0 && bytes > bytesMax) break;
        const offset = from + records.length;
        if (!key.equals(offsetKey(offset))) throw missing(environment, log, offset);
        records.push(decodeRecord(offset, unseal(key, value)));
      }
      if (records.length === 0) throw missing(environment, log, from);
    }
    return { topic, partition, from, records, next: from + records.length, end: range.end };
  });
}
