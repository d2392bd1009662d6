import type { View } from '@refold/domain';
import type { CarriedOver, SlotViews } from './carried-over.js';
import type { Checkpoint } from './checkpoint.js';
import { weightOf } from './cached-stream.js';
import type { CachedStream } from './cached-stream.js';
import type { LetterLog } from './letter-log.js';
import { ParkWindow } from './park-window.js';
import type { RefusalLog } from './refusals.js';
import type { RulesHistory } from './rules-history.js';
import type { SkipLog } from './skip-log.js';
import { NO_REFOLDS } from './slot-refolds.js';
import type { SlotRefolds } from './slot-refolds.js';

/** Most identities (and streams, at 8 each) an owner keeps in memory between batches, per slot. */
export const CACHE_WEIGHT_MAX = 100_000;

/** What a slot's streams are judged by and folded into, as the slot says. */
export interface SlotRules {
  views: SlotViews;
  history: RulesHistory;
  skips: SkipLog;
}

/**
 * What the owner of a slot holds in memory. It equals the store at `text`, or is ahead of it by the
 * commit under way. Whatever goes wrong, the whole cache is dropped and read again.
 */
export class SlotCache {
  readonly refusals: RefusalLog;
  readonly letters: LetterLog;
  readonly views: SlotViews;
  /** Claims that are left out, by records up to `time`. */
  readonly skips: SkipLog;
  /** The changes of the rules up to `time`. */
  history: RulesHistory;
  checkpoint: Checkpoint;
  /** The checkpoint as it stands in the store; null before the first commit. */
  text: string | null;
  /** The partition's time: largest append time folded so far. */
  time: number;
  /** The incarnation of a stream that begins now. */
  incarnation = 0;
  /** The operation that sealed the slot; null where its role is another one. */
  seal: string | null = null;
  refolds: SlotRefolds = NO_REFOLDS;
  /** Null: everything was folded from the log. */
  carried: CarriedOver | null = null;
  /** Streams that do not begin by the slot's own views, and the views they begin by, as a checkpoint names them. */
  beginBy: ReadonlyMap<string, string> = new Map();
  /** What parked lately. */
  parks = new ParkWindow();
  readonly #streams = new Map<string, CachedStream>();
  #weight = 0;

  constructor(
    checkpoint: Checkpoint,
    text: string | null,
    refusals: RefusalLog,
    letters: LetterLog,
    rules: SlotRules,
  ) {
    this.checkpoint = checkpoint;
    this.text = text;
    this.time = checkpoint.time;
    this.refusals = refusals;
    this.letters = letters;
    this.views = rules.views;
    this.history = rules.history;
    this.skips = rules.skips;
  }

  /** The views by which a stream is folded. */
  viewsFor({ kind, document }: Pick<CachedStream, 'kind' | 'document'>): readonly View[] {
    return this.views.of(document)[kind];
  }

  has(subject: string): boolean {
    return this.#streams.has(subject);
  }

  get(subject: string): CachedStream | undefined {
    return this.#streams.get(subject);
  }

  /** All cached streams, the oldest first. */
  streams(): IterableIterator<CachedStream> {
    return this.#streams.values();
  }

  /** Roughly what the streams cost in memory, in identities. */
  get weight(): number {
    return this.#weight;
  }

  /** The stream is read again when it is needed. */
  forget(subject: string): void {
    const stream = this.#streams.get(subject);
    if (stream === undefined) return;
    this.#weight -= weightOf(stream);
    this.#streams.delete(subject);
  }

  put(stream: CachedStream): void {
    this.#streams.set(stream.subject, stream);
    this.#weight += weightOf(stream);
  }

  /** Says that a cached stream now holds `identities` more. */
  grew(identities: number): void {
    this.#weight += identities;
  }

  /**
   * Moves the streams of a batch to the young end, then drops the oldest beyond the bound. Those of the
   * batch stay, however long they are: a long run that is being written is asked for at every batch.
   */
  trim(used: readonly CachedStream[], weightMax: number = CACHE_WEIGHT_MAX): void {
    for (const stream of used) {
      this.#streams.delete(stream.subject);
      this.#streams.set(stream.subject, stream);
    }
    let droppable = this.#streams.size - used.length;
    for (const [subject, stream] of this.#streams) {
      if (this.#weight <= weightMax || droppable-- <= 0) return;
      this.#weight -= weightOf(stream);
      this.#streams.delete(subject);
    }
  }
}
