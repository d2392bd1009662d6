import type { PendingRecord } from './publish-outcome.js';

/** Records of one partition on their way out, in the order in which they were accepted. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly #records: PendingRecord[] = [];
  #head = 0;
  /** Failed sends in a row; a partition that fails is sent alone until it succeeds. */
  failures = 0;
  /** Largest number of records per send; halves while the log refuses batches. */
  batchMax = Number.MAX_SAFE_INTEGER;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get size(): number {
    return this.#records.length - this.#head;
  }

  add(record: PendingRecord): void {
    this.#records.push(record);
  }

  /** Takes everything, whatever the bounds of a send. */
  takeAll(): PendingRecord[] {
    const taken = this.#records.splice(this.#head);
    this.#records.length = 0;
    this.#head = 0;
    return taken;
  }

  /** Takes records from the front while they fit. */
  take(recordsMax: number, bytesMax: number): PendingRecord[] {
    const taken: PendingRecord[] = [];
    let bytes = 0;
    const most = Math.min(recordsMax, this.batchMax);
    while (taken.length < most) {
      const record = this.#records[this.#head];
      if (record === undefined) break;
      if (taken.length > 0 && bytes + record.bytes > bytesMax) break;
      bytes += record.bytes;
      taken.push(record);
      this.#head += 1;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#records.length) {
      this.#records.splice(0, this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** Puts records back in front of everything else, in their order. */
  putBack(records: readonly PendingRecord[]): void {
    this.#records.splice(0, this.#head, ...records);
    this.#head = 0;
  }
}
