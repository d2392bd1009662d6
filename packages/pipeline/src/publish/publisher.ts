import { AppendRefused } from '../ports/event-log.js';
import type { EventLog, OutgoingRecord } from '../ports/event-log.js';
import type { Timing } from '../timing.js';
import { Lane } from './lane.js';
import type { LaneHost } from './lane.js';
import { PartitionQueue } from './partition-queue.js';
import { givenUp, type PendingRecord, type PublishOutcome } from './publish-outcome.js';

/** Bounds of a publisher. */
export interface PublisherLimits {
  /** Records and bytes that may wait; beyond them `publish` answers `full`, or `refused` for what could never fit. */
  recordsMax: number;
  bytesMax: number;
  /** How long a record is sent again after an unknown outcome, milliseconds. */
  giveUpMs: number;
}

export const PUBLISHER_LIMITS: PublisherLimits = {
  recordsMax: 50_000,
  bytesMax: 64 * 1024 * 1024,
  giveUpMs: 60_000,
};

/** Overhead of a record in a batch, generous. */
const RECORD_OVERHEAD_BYTES = 64;

/** What one partition may have of the records that wait. */
const PARTITION_SHARE = 0.25;

const FULL: PublishOutcome = { kind: 'full' };

const sizeOf = (record: OutgoingRecord): number =>
  record.key.length + record.value.length * 3 + RECORD_OVERHEAD_BYTES;

interface PublisherPorts {
  log: EventLog;
  timing: Timing;
  trouble(what: string): void;
}

/**
 * Publishes records through one lane per leader. Records of one partition land in the order of the
 * calls; a retry may store a copy, which the fold recognises by its identity. A partition that fails
 * is moved to a lane of its own, so that it holds up nobody else.
 */
export class Publisher implements LaneHost {
  readonly log: EventLog;
  readonly timing: Timing;
  readonly #limits: PublisherLimits;
  readonly #trouble: (what: string) => void;
  /** By topic, then by partition. */
  readonly #queues = new Map<string, Map<number, PartitionQueue>>();
  /** Queues that some lane, or a wait for one, takes care of. */
  readonly #placed = new Set<PartitionQueue>();
  readonly #lanes = new Map<string, Lane>();
  #records = 0;
  #bytes = 0;
  #closed = false;
  /** Nothing is sent any more; what comes back from a send is settled. */
  #ended = false;

  constructor(ports: PublisherPorts, limits: PublisherLimits = PUBLISHER_LIMITS) {
    this.log = ports.log;
    this.timing = ports.timing;
    this.#trouble = (what) => ports.trouble(what);
    this.#limits = limits;
  }

  /** Records that wait for an acknowledgement. */
  get waiting(): number {
    return this.#records;
  }

  /** Never rejects; settles within the give-up time plus one send. */
  publish(record: OutgoingRecord): Promise<PublishOutcome> {
    const queue = this.#queueOf(record);
    const bytes = sizeOf(record);
    const no = this.#refusal(queue, 1, bytes);
    if (no !== null) return Promise.resolve(no);
    return this.#publish(queue, record, bytes, this.timing.now() + this.#limits.giveUpMs);
  }

  /**
   * Publishes records of one partition in their order: all of them are taken or none, and they are
   * given up together, so that no later one is stored while an earlier one is still to come.
   */
  publishAll(records: readonly OutgoingRecord[]): Promise<PublishOutcome>[] {
    const [first] = records;
    if (first === undefined) return [];
    const queue = this.#queueOf(first);
    const sizes = records.map((record) => sizeOf(record));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const no = this.#refusal(queue, records.length, bytes);
    if (no !== null) return records.map(() => Promise.resolve(no));
    const giveUpAt = this.timing.now() + this.#limits.giveUpMs;
    return records.map((record, at) => this.#publish(queue, record, sizes[at] ?? 0, giveUpAt));
  }

  #publish(
    queue: PartitionQueue,
    outgoing: OutgoingRecord,
    bytes: number,
    giveUpAt: number,
  ): Promise<PublishOutcome> {
    this.#records += 1;
    this.#bytes += bytes;
    return new Promise((settle) => {
      queue.add({ outgoing, bytes, giveUpAt, sent: false, settle });
      if (!this.#placed.has(queue)) void this.#place(queue);
    });
  }

  /** Why records are not taken; null: they are. What could never be held is refused for good. */
  #refusal(queue: PartitionQueue, records: number, bytes: number): PublishOutcome | null {
    const { bytesMax } = this.#limits;
    if (bytes <= bytesMax) return this.#admits(queue, records, bytes) ? null : FULL;
    const message = `${bytes} bytes are sent at once, three for each character; at most ${bytesMax} fit`;
    return { kind: 'refused', reason: 'too_large', message };
  }

  /** A partition that does not get rid of its records may fill a share of the bounds, not all. */
  #admits(queue: PartitionQueue, records: number, bytes: number): boolean {
    const { recordsMax, bytesMax } = this.#limits;
    if (this.#closed || this.#records + records > recordsMax) return false;
    if (this.#bytes + bytes > bytesMax) return false;
    return queue.size + records <= Math.max(records, recordsMax * PARTITION_SHARE);
  }

  released(records: readonly PendingRecord[]): void {
    this.#records -= records.length;
    for (const record of records) this.#bytes -= record.bytes;
  }

  leave(queue: PartitionQueue): void {
    this.#placed.delete(queue);
    if (this.#ended) this.#settleRest(queue);
    else if (queue.size > 0) void this.#place(queue);
  }

  idle(lane: Lane): void {
    if (!lane.name.includes('#')) return;
    this.#lanes.delete(lane.name);
    void lane.close();
  }

  trouble(what: string): void {
    this.#trouble(what);
  }

  /**
   * Accepts nothing more, waits at most `waitMs` for what is under way, settles the rest as unknown
   * and closes the lanes.
   */
  async close(waitMs: number): Promise<void> {
    this.#closed = true;
    const until = this.timing.now() + waitMs;
    while (this.#records > 0 && this.timing.now() < until) await this.timing.sleep(10);
    this.#ended = true;
    for (const queues of this.#queues.values()) {
      for (const queue of queues.values()) this.#settleRest(queue);
    }
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  #queueOf({ topic, partition }: OutgoingRecord): PartitionQueue {
    let queues = this.#queues.get(topic);
    if (queues === undefined) {
      queues = new Map<number, PartitionQueue>();
      this.#queues.set(topic, queues);
    }
    let queue = queues.get(partition);
    if (queue === undefined) queues.set(partition, (queue = new PartitionQueue(topic, partition)));
    return queue;
  }

  /** Finds the leader of a partition, for as long as its records may wait. */
  async #place(queue: PartitionQueue): Promise<void> {
    this.#placed.add(queue);
    while (queue.size > 0) {
      try {
        if (queue.failures > 0) {
          await this.timing.sleep(backoffMs(queue.failures));
          this.#giveUp(queue, 'the records before it could not be sent in time');
          if (queue.size === 0) continue;
        }
        const leader = await this.log.laneOf(queue.topic, queue.partition);
        this.#laneFor(queue, leader).add(queue);
        return;
      } catch (error) {
        if (error instanceof AppendRefused) {
          this.#refuseAll(queue, error);
          continue;
        }
        const reason = error instanceof Error ? error.message : String(error);
        this.#trouble(`no lane for ${queue.topic}/${queue.partition}: ${reason}`);
        queue.failures += 1;
        this.#giveUp(queue, reason);
      }
    }
    this.#placed.delete(queue);
  }

  #laneFor(queue: PartitionQueue, leader: string): Lane {
    const alone = queue.failures > 0 || queue.batchMax < Number.MAX_SAFE_INTEGER;
    const name = alone ? `${leader}#${queue.topic}/${queue.partition}` : leader;
    let lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, (lane = new Lane(name, leader, this)));
    return lane;
  }

  /** What is still queued when the publisher ends; it may have been sent before. */
  #settleRest(queue: PartitionQueue): void {
    const rest = queue.takeAll();
    this.released(rest);
    for (const record of rest) record.settle(givenUp(record, 'the process ends'));
  }

  /** None of them leaves this process; one that was sent before may be stored all the same. */
  #refuseAll(queue: PartitionQueue, { reason, message }: AppendRefused): void {
    const records = queue.takeAll();
    this.released(records);
    for (const record of records) {
      record.settle(
        record.sent ? { kind: 'unknown', message } : { kind: 'refused', reason, message },
      );
    }
  }

  #giveUp(queue: PartitionQueue, reason: string): void {
    const now = this.timing.now();
    const records = queue.takeAll();
    const given = records.filter((record) => now >= record.giveUpAt);
    queue.putBack(records.filter((record) => now < record.giveUpAt));
    this.released(given);
    for (const record of given) record.settle(givenUp(record, reason));
  }
}

const backoffMs = (failures: number): number => Math.min(2000, 25 * 2 ** Math.min(failures, 7));
