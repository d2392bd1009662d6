import { AppendRefused, NothingSent } from '../ports/event-log.js';
import type { Appended, EventLog, LaneSender } from '../ports/event-log.js';
import type { Timing } from '../timing.js';
import type { PartitionQueue } from './partition-queue.js';
import { givenUp, type PendingRecord } from './publish-outcome.js';

/** Bounds of one send: below `max.message.bytes` of the topics, whatever share one partition has. */
export const SEND_BYTES_MAX = 900_000;
export const SEND_RECORDS_MAX = 1_000;

interface Part {
  queue: PartitionQueue;
  records: PendingRecord[];
}

/** What the publisher does with partitions that leave a lane. */
export interface LaneHost {
  readonly log: EventLog;
  readonly timing: Timing;
  /** The records left the queue for good. */
  released(records: readonly PendingRecord[]): void;
  /** The lane has no more to send for this partition, or must not: decide anew where it goes. */
  leave(queue: PartitionQueue): void;
  /** The lane has nothing left to do. */
  idle(lane: Lane): void;
  trouble(what: string): void;
}

/**
 * One writer to one leader: at most one outstanding send, its retries included. Records of a
 * partition leave in the order in which they came, whatever fails.
 */
export class Lane {
  readonly name: string;
  readonly #leader: string;
  readonly #host: LaneHost;
  readonly #queues: PartitionQueue[] = [];
  #sender: LaneSender | null = null;
  #running = false;

  constructor(name: string, leader: string, host: LaneHost) {
    this.name = name;
    this.#leader = leader;
    this.#host = host;
  }

  add(queue: PartitionQueue): void {
    this.#queues.push(queue);
    if (!this.#running) void this.#run();
  }

  async close(): Promise<void> {
    await this.#discardSender();
  }

  /**
   * The next send leaves before the callers of the last one hear of it: while they are answered, the
   * log works. Only a lane that was idle waits a moment, so that what arrives together leaves together.
   */
  async #run(): Promise<void> {
    this.#running = true;
    let settle: (() => void) | null = null;
    while (this.#queues.length > 0) {
      if (settle === null) await this.#host.timing.tick();
      const parts = this.#take();
      const sending = parts.length > 0 ? this.#send(parts) : null;
      if (settle !== null && sending !== null) await this.#host.timing.tick();
      settle?.();
      settle = await sending;
    }
    this.#running = false;
    this.#host.idle(this);
  }

  /** A fair share from every partition; one that is empty leaves the lane. */
  #take(): Part[] {
    const parts: Part[] = [];
    let bytes = 0;
    let records = 0;
    for (const queue of [...this.#queues]) {
      if (queue.size === 0) this.#drop(queue);
      else if (bytes < SEND_BYTES_MAX && records < SEND_RECORDS_MAX) {
        const taken = queue.take(SEND_RECORDS_MAX - records, SEND_BYTES_MAX - bytes);
        parts.push({ queue, records: taken });
        records += taken.length;
        for (const record of taken) bytes += record.bytes;
        this.#queues.push(...this.#queues.splice(this.#queues.indexOf(queue), 1));
      }
    }
    return parts;
  }

  #drop(queue: PartitionQueue): void {
    this.#queues.splice(this.#queues.indexOf(queue), 1);
    this.#host.leave(queue);
  }

  /** Returns what tells the callers, for later; null: they were told, or their records are sent again. */
  async #send(parts: readonly Part[]): Promise<(() => void) | null> {
    const outgoing = parts.flatMap(({ records }) => records.map((record) => record.outgoing));
    let isLeaving = false;
    try {
      this.#sender ??= await this.#host.log.openLane(this.#leader);
      isLeaving = true;
      const appended = await this.#sender.send(outgoing);
      if (appended.length !== outgoing.length) throw new Error('a send answered for fewer records');
      for (const { queue } of parts) {
        queue.failures = 0;
        queue.batchMax = Number.MAX_SAFE_INTEGER;
      }
      return () => this.#settle(parts, appended);
    } catch (error) {
      await this.#discardSender();
      if (error instanceof AppendRefused) this.#refused(parts, error);
      else this.#again(parts, error, isLeaving && !(error instanceof NothingSent));
      return null;
    }
  }

  #settle(parts: readonly Part[], appended: readonly Appended[]): void {
    let at = 0;
    for (const { records } of parts) {
      for (const record of records) {
        const place = appended[at++];
        if (place !== undefined) record.settle({ kind: 'appended', ...place });
      }
      this.#host.released(records);
    }
  }

  /** Nothing was stored. A single record is refused; a larger batch is sent again in halves. */
  #refused(parts: readonly Part[], error: AppendRefused): void {
    const total = parts.reduce((sum, { records }) => sum + records.length, 0);
    for (const { queue, records } of parts) {
      if (total > 1) {
        queue.batchMax = Math.max(1, Math.floor(records.length / 2));
        queue.putBack(records);
        if (parts.length > 1) this.#isolate(queue);
        continue;
      }
      const refusal = { kind: 'refused', reason: error.reason, message: error.message } as const;
      for (const record of records)
        record.settle(record.sent ? givenUp(record, error.message) : refusal);
      queue.batchMax = Number.MAX_SAFE_INTEGER;
      this.#host.released(records);
    }
  }

  /**
   * The same records again, same event IDs, until they are given up.
   * @param sent Whether some of it may be stored.
   */
  #again(parts: readonly Part[], error: unknown, sent: boolean): void {
    const now = this.#host.timing.now();
    const reason = error instanceof Error ? error.message : String(error);
    const became = sent ? 'outcome unknown' : 'nothing was sent';
    this.#host.trouble(`lane ${this.name}: ${became}, sending again: ${reason}`);
    for (const { queue, records } of parts) {
      const given = records.filter((record) => now >= record.giveUpAt);
      if (sent) for (const record of records) record.sent = true;
      for (const record of given) record.settle(givenUp(record, reason));
      this.#host.released(given);
      queue.putBack(records.filter((record) => now < record.giveUpAt));
      queue.failures += 1;
      this.#isolate(queue);
    }
  }

  #isolate(queue: PartitionQueue): void {
    const at = this.#queues.indexOf(queue);
    if (at >= 0) this.#queues.splice(at, 1);
    this.#host.leave(queue);
  }

  async #discardSender(): Promise<void> {
    const sender = this.#sender;
    this.#sender = null;
    try {
      await sender?.close();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#host.trouble(`lane ${this.name}: closing a spent sender: ${reason}`);
    }
  }
}
