import type { PendingRecord } from './publish-outcome.js';

/**
 * Records of one partition on their way out, in the order in which they were accepted. It holds on to
 * nothing that was taken, since the bounds of the publisher count only what waits.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly #records: PendingRecord[] = [];
  /** Failed sends in a row; a partition that fails is sent alone until it succeeds. */
  failures = 0;
  /** Largest number of records per send; halves while the log refuses batches. */
  batchMax = Number.MAX_SAFE_INTEGER;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get size(): number {
    return this.#records.length;
  }

  add(record: PendingRecord): void {
    this.#records.push(record);
  }

  /** Takes everything, whatever the bounds of a send. */
  takeAll(): PendingRecord[] {
    return this.#records.splice(0);
  }

  /** Takes records from the front while they fit; one at least, however large it is. */
  take(recordsMax: number, bytesMax: number): PendingRecord[] {
    const most = Math.min(recordsMax, this.batchMax, this.#records.length);
    let count = 0;
    let bytes = 0;
    while (count < most) {
      bytes += this.#records[count]?.bytes ?? 0;
      if (count > 0 && bytes > bytesMax) break;
      count += 1;
    }
    return this.#records.splice(0, count);
  }

  /** Puts records back in front of everything else, in their order. */
  putBack(records: readonly PendingRecord[]): void {
    this.#records.unshift(...records);
  }
}
