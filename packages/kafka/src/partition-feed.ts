import type { LogBatch, LogRecord, Offset, PartitionConsumer } from '@refold/pipeline';
import { asError } from './errors.js';
import type { Stretch } from './record-batch.js';
import { Signal } from './pause.js';

/** Bytes read ahead of one partition while its batch is being handled. */
const AHEAD_BYTES_MAX = 256 * 1_024;

/** How often a partition with nothing new is offered an empty batch. */
const IDLE_MS = 1_000;

/**
 * One assigned partition: where it is to be fetched next, what was fetched and not yet handled, and
 * the calls to its consumer, one after the other. Positions are only ours.
 */
export class PartitionFeed {
  readonly topic: string;
  readonly partition: number;
  /** The broker to fetch from; null until it is known, and again when it answers with an error. */
  leader: number | null = null;
  /** Bytes to ask for: grows to hold a batch that is larger than the configured fetch. */
  fetchBytes: number;
  /** What was fetched last could not be decoded. */
  doubted = false;
  /** When the feed last began to take nothing, on the monotonic clock; null while it takes more. */
  fullSince: number | null = performance.now();
  /** Settles when the partition is lost, no call to the consumer is running and none will follow. */
  readonly done: Promise<void>;
  private readonly consumer: PartitionConsumer;
  /** Called when the feed takes more again. */
  private readonly hungry: () => void;
  private readonly arrived = new Signal();
  private position: Offset | null = null;
  private ahead: LogBatch | null = null;
  private aheadBytes = 0;
  private revoked = false;
  /** `assigned` was called: the consumer has to be told when the partition is lost. */
  private begun = false;
  private farewell: Promise<void> = Promise.resolve();
  /** Reading was interrupted after what is in `ahead`. */
  private interrupted = false;
  private failure: Error | null = null;
  /** When the consumer was last called, on the monotonic clock. */
  private calledAt = performance.now();

  constructor(
    topic: string,
    partition: number,
    consumer: PartitionConsumer,
    fetchBytes: number,
    before: Promise<void>,
    hungry: () => void,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.consumer = consumer;
    this.fetchBytes = fetchBytes;
    this.hungry = hungry;
    this.done = before.then(() => this.run());
  }

  /** Where to fetch from next; null while nothing more is taken. */
  get wanted(): Offset | null {
    return this.fullSince === null && !this.over ? this.position : null;
  }

  /** How long its consumer lets records gather before they are fetched. */
  get gatherMs(): number {
    return this.consumer.gatherMs();
  }

  get over(): boolean {
    return this.revoked || this.failure !== null;
  }

  /**
   * What a fetch from `from` returned. Dropped when the position has moved meanwhile; so is one that
   * found nothing, unless the consumer was not called for a while, and one that must not be in one
   * batch with what was read ahead: it is fetched again when that was taken.
   */
  offer(from: Offset, { records, next }: Stretch, end: Offset, bytes: number): void {
    if (this.over || from !== this.position) return;
    if (next === from && (this.ahead !== null || performance.now() - this.calledAt < IDLE_MS)) {
      return;
    }
    if (this.ahead && !this.continues(this.ahead, records)) {
      this.fullSince ??= performance.now();
      return;
    }
    this.position = next;
    this.aheadBytes += bytes;
    if (this.ahead) {
      for (const record of records) this.ahead.records.push(record);
      this.ahead.next = next;
      this.ahead.end = end;
    } else {
      const { topic, partition } = this;
      this.ahead = { topic, partition, from, records, next, end };
      if (this.interrupted) this.ahead.resumed = true;
      this.interrupted &&= next === from;
    }
    if (this.aheadBytes >= AHEAD_BYTES_MAX) this.fullSince ??= performance.now();
    this.arrived.notify();
  }

  /**
   * The partition stands still for good. What was fetched before is still handled, then its consumer
   * is told.
   */
  fail(error: Error): void {
    this.failure ??= error;
    this.arrived.notify();
  }

  /** Whatever is fetched from now on may be of another log than what was fetched before. */
  interrupt(): void {
    this.interrupted = true;
  }

  /** The partition went to somebody else; its consumer is told at once, whatever it is doing. */
  revoke(): void {
    if (this.revoked) return;
    this.revoked = true;
    this.arrived.notify();
    if (!this.begun) return;
    this.farewell = this.tell();
    // It is `done` that rejects, but not before the running call has ended.
    this.farewell.catch(() => {});
  }

  private async tell(): Promise<void> {
    await this.consumer.revoked(this.topic, this.partition);
  }

  private async run(): Promise<void> {
    if (this.revoked) return;
    this.begun = true;
    try {
      this.seek(await this.consumer.assigned(this.topic, this.partition));
      while (!this.revoked) {
        const batch = this.take();
        if (batch) await this.handle(batch);
        else if (this.failure) break;
        else await this.arrived.wait();
      }
    } catch (error) {
      this.failure ??= asError(error);
    }
    this.ahead = null;
    const { topic, partition, failure } = this;
    if (failure && !this.revoked) this.consumer.stopped(topic, partition, failure);
    while (!this.revoked) await this.arrived.wait();
    await this.farewell;
  }

  /** One batch is of one leader epoch, and was read without interruption. */
  private continues(ahead: LogBatch, records: readonly LogRecord[]): boolean {
    const [before, after] = [ahead.records.at(-1), records[0]];
    if (this.interrupted) return false;
    return !before || !after || before.leaderEpoch === after.leaderEpoch;
  }

  private async handle(batch: LogBatch): Promise<void> {
    const next = await this.consumer.batch(batch);
    this.calledAt = performance.now();
    if (next === batch.next) return;
    if (batch.resumed) this.interrupt();
    this.seek(next);
  }

  private seek(offset: Offset): void {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new RangeError(`${this.topic}/${this.partition}: ${offset} is not an offset`);
    }
    if (this.ahead?.resumed) this.interrupt();
    this.ahead = null;
    this.position = offset;
    this.takesMore();
  }

  private take(): LogBatch | null {
    const batch = this.ahead;
    this.ahead = null;
    if (batch) this.takesMore();
    return batch;
  }

  private takesMore(): void {
    this.aheadBytes = 0;
    if (this.fullSince === null) return;
    this.fullSince = null;
    this.hungry();
  }
}
