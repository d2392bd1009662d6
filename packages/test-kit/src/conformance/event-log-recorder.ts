import type { LogBatch, Offset, PartitionConsumer } from '@refold/pipeline';

export interface RecorderOptions {
  /** Where a partition begins; default: after what this recorder saw of it last, else 0. */
  start?: (topic: string, partition: number) => Offset | Promise<Offset>;
  /** What to answer to a batch; default: its `next`. */
  answer?: (batch: LogBatch) => Offset | Promise<Offset>;
}

/** A consumer that writes down every call and every breach of the calling rules. */
export class Recorder implements PartitionConsumer {
  readonly batches: LogBatch[] = [];
  readonly assignments: string[] = [];
  readonly revocations: string[] = [];
  readonly stops: { partition: string; error: Error }[] = [];
  /** What the log did that the port forbids; must stay empty. */
  readonly breaches: string[] = [];
  /** Batches of nothing, which an idle partition is offered. */
  idle = 0;
  private readonly options: RecorderOptions;
  private readonly expected = new Map<string, Offset>();
  private readonly held = new Set<string>();
  /** Stopped and not yet revoked. */
  private readonly standing = new Set<string>();
  private readonly busy = new Set<string>();

  constructor(options: RecorderOptions = {}) {
    this.options = options;
  }

  async assigned(topic: string, partition: number): Promise<Offset> {
    const name = `${topic}/${partition}`;
    if (this.held.has(name) || this.standing.has(name)) {
      this.breaches.push(`${name} assigned twice`);
    }
    this.held.add(name);
    this.assignments.push(name);
    return this.calling(name, async () => {
      const known = this.expected.get(name) ?? 0;
      const start = (await this.options.start?.(topic, partition)) ?? known;
      this.expected.set(name, start);
      return start;
    });
  }

  async batch(batch: LogBatch): Promise<Offset> {
    const name = `${batch.topic}/${batch.partition}`;
    if (!this.held.has(name)) this.breaches.push(`${name} delivered without assignment`);
    if (batch.from !== this.expected.get(name)) {
      this.breaches.push(`${name} from ${batch.from}, asked for ${this.expected.get(name)}`);
    }
    this.checkOrder(name, batch);
    if (batch.next > batch.from) this.batches.push(batch);
    else this.idle += 1;
    return this.calling(name, async () => {
      const next = (await this.options.answer?.(batch)) ?? batch.next;
      this.expected.set(name, next);
      return next;
    });
  }

  /** May come while another call runs: a zombie is told at once. */
  async revoked(topic: string, partition: number): Promise<void> {
    const name = `${topic}/${partition}`;
    const known = this.held.delete(name) || this.standing.delete(name);
    if (!known) this.breaches.push(`${name} revoked without assignment`);
    this.revocations.push(name);
  }

  gatherMs(): number {
    return 0;
  }

  stopped(topic: string, partition: number, error: Error): void {
    const name = `${topic}/${partition}`;
    if (!this.held.delete(name)) this.breaches.push(`${name} stopped without assignment`);
    this.standing.add(name);
    this.stops.push({ partition: name, error });
  }

  /** Values of one partition in the order of delivery. */
  values(topic: string, partition: number): (string | null)[] {
    return this.records(topic, partition).map((record) => record.value);
  }

  offsets(topic: string, partition: number): Offset[] {
    return this.records(topic, partition).map((record) => record.offset);
  }

  /** Where the partition is to be read next, as last answered. */
  position(topic: string, partition: number): Offset | undefined {
    return this.expected.get(`${topic}/${partition}`);
  }

  /** Partitions assigned and neither revoked nor stopped. */
  holds(): string[] {
    return [...this.held].sort();
  }

  private records(topic: string, partition: number): LogBatch['records'] {
    const wanted = (batch: LogBatch) => batch.topic === topic && batch.partition === partition;
    return this.batches.filter(wanted).flatMap((batch) => batch.records);
  }

  private checkOrder(name: string, batch: LogBatch): void {
    let at = batch.from;
    for (const { offset } of batch.records) {
      if (offset < at) this.breaches.push(`${name}: offset ${offset} after ${at - 1}`);
      at = offset + 1;
    }
    const epochs = new Set(batch.records.map((record) => record.leaderEpoch));
    if (epochs.size > 1) this.breaches.push(`${name}: a batch of ${epochs.size} leader epochs`);
    if (batch.next < at) this.breaches.push(`${name}: next ${batch.next} below its records`);
    if (batch.next > batch.end) this.breaches.push(`${name}: next ${batch.next} past the end`);
  }

  private async calling<T>(name: string, call: () => Promise<T>): Promise<T> {
    if (this.busy.has(name)) this.breaches.push(`${name}: calls overlap`);
    this.busy.add(name);
    try {
      return await call();
    } finally {
      this.busy.delete(name);
    }
  }
}
