import type { GroupOffset } from './group-offset.js';

/**
 * Offsets are plain numbers: safe integers, checked where they enter (an adapter throws beyond
 * 2^53-1, which no broker reaches). `next offset` is where to read next; only adapters and the
 * fold compute it, because the log may have holes.
 */
export type Offset = number;

/** One record as it stands on the log. `key` and `value` are never views on a larger buffer that lives on. */
export interface LogRecord {
  offset: Offset;
  key: string | null;
  value: string | null;
  /** Broker append time in milliseconds; not monotonic across leaders. */
  timestamp: number;
  /** Leader epoch of the batch; 0 where the log has none. */
  leaderEpoch: number;
  /** Set when the record must not be folded: it is dead-lettered at its offset with this reason. */
  unfit?: string;
}

/**
 * A stretch of one partition, in offset order, as one read returned it. All records of a batch have
 * one leader epoch: whoever compares the first one has compared them all.
 */
export interface LogBatch {
  topic: string;
  partition: number;
  /** Where this read began: the offset that was asked for. */
  from: Offset;
  records: LogRecord[];
  /** Where the next read begins: past the last record and past every proven hole (markers, compaction). */
  next: Offset;
  /** High watermark when it was read, never the last stable offset. */
  end: Offset;
  /**
   * Subscriptions only: reading was interrupted before this batch (its leader was lost, the broker
   * did not know the partition), so the log may have become another one meanwhile, or lost its tail.
   * The first batch after every interruption has it. An empty one does not use it up, nor does one
   * that is answered with another offset than its `next`: the batch after it has it as well.
   */
  resumed?: boolean;
}

/** What the log holds of one partition: `start` = first offset still there, `end` = high watermark. */
export interface LogRange {
  start: Offset;
  end: Offset;
}

/** A record on its way to a partition. */
export interface OutgoingRecord {
  topic: string;
  partition: number;
  key: string;
  value: string;
}

/** Where a record landed: acknowledged by all replicas. `timestamp` is the broker's append time. */
export interface Appended {
  offset: Offset;
  timestamp: number;
}

/** The log said no, and it is certain that nothing of this batch was stored. */
export class AppendRefused extends Error {
  override readonly name = 'AppendRefused';
  readonly reason: 'too_large' | 'invalid' | 'unauthorized' | 'unknown_topic';
  constructor(reason: AppendRefused['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The send failed before anything of it left, so that nothing of it can be stored. It may be tried again. */
export class NothingSent extends Error {
  override readonly name = 'NothingSent';
}

/**
 * One idempotent writer, for partitions that one leader leads. Where the leader of a partition changes,
 * the log may follow it (so that the retry meets the sequence of the first attempt and is stored
 * once) or reject; a partition that cannot be written now holds up the others for a bounded time, of
 * about a second once some of them were acknowledged.
 * Order: records of one `send` land in the given order, per partition contiguous.
 * At most one `send` may be outstanding, its retries included; a second one throws.
 * `send` resolves with one result per record, in order, only when every record is acknowledged;
 * it rejects with {@link AppendRefused} when nothing was stored, with {@link NothingSent} when nothing
 * left, with any other error when the outcome is unknown. After any rejection the sender is spent: close it and open a new one.
 */
export interface LaneSender {
  send(records: readonly OutgoingRecord[]): Promise<Appended[]>;
  close(): Promise<void>;
}

/**
 * One member of a consumer group. The log calls; the engine answers.
 * Calls for one partition never overlap, except that `revoked` does not wait for a running one;
 * different partitions run side by side. A partition that comes back is `assigned` only when
 * every earlier call for it has ended.
 */
export interface PartitionConsumer {
  /** The partition is ours now: where to begin. A rejection stops this partition, not the others. */
  assigned(topic: string, partition: number): Promise<Offset>;
  /**
   * Records from exactly the offset that was asked for (`batch.from`); the consumer may take them out
   * of the batch as it goes. Returns where to read next.
   * A partition with nothing new is offered an empty batch (`next === from`) about once a second, so
   * that its owner can look after its store; the answer counts all the same.
   * While it runs nothing more of this partition is delivered. A rejection stops the partition.
   */
  batch(batch: LogBatch): Promise<Offset>;
  /**
   * The partition went to somebody else, who may not wait, or the group gave this member up: whatever is
   * still running for it is a zombie now. Called at once and once for each `assigned`, also for a partition that had stopped.
   * What a running call answers after it counts for nothing, its rejection included.
   */
  revoked(topic: string, partition: number): Promise<void>;
  /**
   * The partition stands still for as long as this member has it: `error` says why. Never called for
   * passing trouble.
   */
  stopped(topic: string, partition: number, error: Error): void;
  /**
   * How long records may gather before the log is read on, milliseconds; 0 while somebody waits for
   * them. Asked before every read. A log that pushes, or reads for nothing, need not ask.
   */
  gatherMs(): number;
}

export interface Subscription {
  /**
   * Commits `next` to the group within about a second, tagged as ours, as a hint and an operator's
   * handle; loss is harmless. `note` stands behind the tag, at most 1,000 characters.
   */
  hint(topic: string, partition: number, next: Offset, note?: string): void;
  /**
   * The same at once, for a partition that this member has; hints given before do not come after it.
   * Rejects when it was not committed. Never made once the partition was `revoked`, though it came back.
   */
  commit(topic: string, partition: number, next: Offset, note?: string): Promise<void>;
  /** Bounded: leaves the group, waits for running batches at most a few seconds. */
  close(): Promise<void>;
}

export interface TopicSpec {
  name: string;
  partitions: number;
  /** Largest value, in bytes, that the topic must take; not asked for when absent. */
  recordBytes?: number;
}

/** What is wrong with a topic for us, in words that say what to do. */
export interface TopicFault {
  topic: string;
  fault: string;
}

/**
 * A partitioned, ordered, durable log. All reads are read-uncommitted and end at the high
 * watermark: nothing is visible before it is durable.
 * May block: everything; no call waits for ever, except a subscription that rides out absence.
 * Retries: transient trouble inside reads and subscriptions is the adapter's; sends are the lane's.
 * Closes: whoever created the log closes it, after its lanes and subscriptions.
 */
export interface EventLog {
  /** Partition count of a topic; rejects if it does not exist. */
  partitions(topic: string): Promise<number>;
  /** Creates what is missing (append time, kept for ever), changes nothing that exists. */
  ensureTopics(specs: readonly TopicSpec[]): Promise<string[]>;
  /** Settings that would lose or misjudge events: time stamps, retention, partition count. */
  checkTopics(specs: readonly TopicSpec[]): Promise<TopicFault[]>;
  range(topic: string, partition: number): Promise<LogRange>;
  /**
   * Where reading has to begin to see every record that was appended at `timeMs` or later: the first
   * of them, or the end where there is none. May be early (a hole, records before it), never late.
   * Append times are not monotonic, so records after it may be older.
   * @param timeMs Since the epoch; rejects with a RangeError unless it is a safe integer from 0 on.
   */
  offsetForTime(topic: string, partition: number, timeMs: number): Promise<Offset>;
  /**
   * A bounded read from `from`, without a group. Empty `records` with `next > from` is a proven
   * hole; with `next === from` the end. Rejects with {@link OffsetOutOfRange} below start or past end.
   */
  read(topic: string, partition: number, from: Offset, bytesMax?: number): Promise<LogBatch>;
  /**
   * Gives up every record below `start`, for good: from then on the partition begins there. Nothing is done
   * where it begins there or later. Rejects with {@link OffsetOutOfRange} past the end, and
   * with {@link AppendRefused} where nothing may be given up; then nothing is lost.
   */
  truncate(topic: string, partition: number, start: Offset): Promise<void>;
  /**
   * The lane (leader broker) that a partition is written through now; looked up again after lane trouble.
   * Rejects with {@link AppendRefused} where nothing may be written.
   */
  laneOf(topic: string, partition: number): Promise<string>;
  /** A sender for the partitions of a lane; every call opens another one. */
  openLane(lane: string): Promise<LaneSender>;
  /**
   * What a group has committed for each partition of a topic, by whomever; null where it has
   * committed nothing, or that has expired or was deleted.
   */
  committed(group: string, topic: string): Promise<Map<number, GroupOffset | null>>;
  subscribe(
    group: string,
    topics: readonly string[],
    consumer: PartitionConsumer,
  ): Promise<Subscription>;
  /** Null when the log answers and refuses nothing; else why not. Bounded to about a second. */
  ping(): Promise<string | null>;
  close(): Promise<void>;
}

/** Part of the log is in a format that this build does not know; the message says what to deploy. */
export class UnknownFormat extends Error {
  override readonly name = 'UnknownFormat';
}

/** @throws RangeError for what is no time since the epoch in milliseconds: negative ones mean something else to Kafka. */
export function assertTime(timeMs: number): void {
  if (Number.isSafeInteger(timeMs) && timeMs >= 0) return;
  throw new RangeError(`${timeMs} is not a time: expected whole milliseconds since the epoch`);
}

/** An offset that the log does not hold. */
export class OffsetOutOfRange extends Error {
  override readonly name = 'OffsetOutOfRange';
  readonly range: LogRange;
  constructor(topic: string, partition: number, offset: Offset, range: LogRange) {
    super(
      `${topic}/${partition}: offset ${offset} is outside the log, which holds ${range.start} to ${range.end}`,
    );
    this.range = range;
  }
}
