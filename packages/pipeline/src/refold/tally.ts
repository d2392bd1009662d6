import type { Offset } from '../ports/event-log.js';
import { DIFFERENCES_MAX, NAMED_MAX, TEXT_MAX } from './refold-task.js';
import type { RefoldResult, RefoldTask, StreamDifference } from './refold-task.js';

const cut = (text: string | null): string | null =>
  text !== null && text.length > TEXT_MAX ? text.slice(0, TEXT_MAX) : text;

/** What one attempt at a task has done so far: the result when it ends. */
export class Tally {
  streams = 0;
  replaced = 0;
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

  selects(streams: number): void {
    if (this.#isCounting) this.streams = streams;
  }

  begins(offset: Offset): void {
    this.readFrom = Math.min(this.readFrom, offset);
  }

  claim(offset: Offset, isSelected: boolean): void {
    if (!this.#isCounting || !isSelected) return;
    if (offset < this.#task.select.to) this.records += 1;
    else this.tailRecords += 1;
  }

  /** Whether counters or indexes of the partition differ. */
  get aggregatesDiffer(): boolean {
    return this.#aggregatesDiffering > 0;
  }

  differs(difference: StreamDifference): void {
    if (!this.#isListing) return;
    if (difference.stream === null) this.#aggregatesDiffering += 1;
    else this.differing.add(difference.stream);
    if (this.#differences.length >= DIFFERENCES_MAX) return;
    const { stored, expected } = difference;
    this.#differences.push({ ...difference, stored: cut(stored), expected: cut(expected) });
  }

  /** The stream cannot be folded again and stays as it is. */
  excludes(subject: string): void {
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
      differing: this.differing.size + this.#aggregatesDiffering,
      unrebuildable: this.#unrebuildable.size,
      unrebuildableStreams: [...this.#unrebuildable].slice(0, NAMED_MAX),
      ...(this.aggregates === undefined ? {} : { aggregates: this.aggregates }),
      ...(error === undefined ? {} : { error }),
    };
  }
}
