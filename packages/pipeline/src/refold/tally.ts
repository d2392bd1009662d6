import type { Claim } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import {
  DIFFERENCES_LENGTH_MAX,
  DIFFERENCES_MAX,
  ERROR_MAX,
  NAMED_MAX,
  TEXT_MAX,
} from './refold-task.js';
import type { RefoldResult, RefoldTask, StreamDifference } from './refold-task.js';

const cut = (text: string | null): string | null =>
  text !== null && text.length > TEXT_MAX ? text.slice(0, TEXT_MAX) : text;

/** What one attempt at a task has done so far: the result when it ends. */
export class Tally {
  replaced = 0;
  /** Streams among the replaced ones that stand parked. */
  stillParked = 0;
  records = 0;
  tailRecords = 0;
  readRecords = 0;
  bytes = 0;
  readFrom: Offset;
  aggregates: RefoldResult['aggregates'];
  /** Streams that differ. */
  readonly differing = new Set<string>();
  readonly #task: RefoldTask;
  readonly #differences: StreamDifference[] = [];
  readonly #unrebuildable = new Set<string>();
  /** Streams whose claims below the task's end are counted, also once they were left out. */
  #counted: ReadonlySet<string> = new Set();
  #leftOut = 0;
  readonly #drift: RefoldResult['drift'] = {};
  #length = 0;
  #aggregatesDiffering = 0;
  #isCounting = true;
  #isListing = true;

  constructor(task: RefoldTask) {
    this.#task = task;
    this.readFrom = task.select.to;
  }

  /** Streams and claims that follow were counted before; differences are still listed. */
  stopsCounting(): void {
    this.#isCounting = false;
  }

  /** What follows repeats what was counted and listed: only what is read is still added. */
  repeats(): void {
    this.#isCounting = false;
    this.#isListing = false;
  }

  /** The streams that folding begins with: the ones of the plan, if the log still begins where it did. */
  selects(subjects: Iterable<string>): void {
    if (this.#isCounting) this.#counted = new Set(subjects);
  }

  /** Selected streams that could be folded again. */
  get streams(): number {
    return this.#counted.size - this.#leftOut;
  }

  begins(offset: Offset): void {
    this.readFrom = Math.min(this.readFrom, offset);
  }

  /** @param isFolded Whether its stream is still folded here, and not live or not at all. */
  claim({ subject, offset }: Claim, bytes: number, isFolded: boolean): void {
    if (!this.#isCounting || !this.#counted.has(subject)) return;
    if (offset >= this.#task.select.to) {
      if (isFolded) this.tailRecords += 1;
    } else {
      this.records += 1;
      this.bytes += bytes;
    }
  }

  /** Whether counters or indexes of the partition differ. */
  get aggregatesDiffer(): boolean {
    return this.#aggregatesDiffering > 0;
  }

  differs(difference: StreamDifference): void {
    if (!this.#isListing) return;
    if (difference.stream === null) this.#aggregatesDiffering += 1;
    else this.differing.add(difference.stream);
    this.#drift[difference.kind] = (this.#drift[difference.kind] ?? 0) + 1;
    const [stored, expected] = [cut(difference.stored), cut(difference.expected)];
    const listed = { ...difference, field: difference.field.slice(0, TEXT_MAX), stored, expected };
    const length = this.#length + JSON.stringify(listed).length;
    const isFull = this.#differences.length >= DIFFERENCES_MAX || length > DIFFERENCES_LENGTH_MAX;
    if (isFull) return;
    this.#length = length;
    this.#differences.push(listed);
  }

  /** The stream cannot be folded again and stays as it is. */
  excludes(subject: string): void {
    if (this.#counted.has(subject) && !this.#unrebuildable.has(subject)) this.#leftOut += 1;
    this.#unrebuildable.add(subject);
  }

  get unrebuildable(): ReadonlySet<string> {
    return this.#unrebuildable;
  }

  result(partition: number, outcome: RefoldResult['outcome'], error?: string): RefoldResult {
    const { operation, select } = this.#task;
    const { streams, replaced, records, tailRecords, readRecords, bytes, readFrom } = this;
    return {
      operation,
      partition,
      outcome,
      ...{ streams, replaced, records, tailRecords, readRecords, bytes, readFrom },
      to: select.to,
      differences: this.#differences,
      drift: this.#drift,
      differing: this.differing.size + this.#aggregatesDiffering,
      unrebuildable: this.#unrebuildable.size,
      unrebuildableStreams: [...this.#unrebuildable].slice(0, NAMED_MAX),
      ...(this.stillParked === 0 ? {} : { stillParked: this.stillParked }),
      ...(this.aggregates === undefined ? {} : { aggregates: this.aggregates }),
      ...(error === undefined ? {} : { error: error.slice(0, ERROR_MAX) }),
    };
  }
}
