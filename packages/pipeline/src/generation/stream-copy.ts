import type { Rulebook } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import { encodeDocument } from '../slot/stream-document.js';
import type { CarriedMoments } from './carried-moments.js';
import type { CarriedSlot } from './carried-slot.js';
import type { CarriedMoment, CarriedSource } from './carried-source.js';
import { LENGTH_MAX } from './list-copy.js';
import type { ListCopy } from './list-copy.js';
import { putStreams } from './put-carried.js';
import type { TakenStream } from './put-carried.js';

/** Copies streams as they stand at one offset, and puts them into the slot aside at that offset. */
export class StreamCopy {
  readonly #slot: CarriedSlot;
  readonly #lists: ListCopy;
  readonly #moments: CarriedMoments;
  readonly #rulebook: Rulebook;
  readonly #foldTo: (end: Offset) => Promise<boolean>;

  /** @param foldTo Folds the slot up to exactly there; false: it cannot now. */
  constructor(
    slot: CarriedSlot,
    lists: ListCopy,
    moments: CarriedMoments,
    rulebook: Rulebook,
    foldTo: (end: Offset) => Promise<boolean>,
  ) {
    this.#slot = slot;
    this.#lists = lists;
    this.#moments = moments;
    this.#rulebook = rulebook;
    this.#foldTo = foldTo;
  }

  /**
   * Copies streams that the slot has no document of. Returns those that are left for another time, because they are more
   * than one commit takes, or were written meanwhile; null: nothing was copied, it was too late, or too early.
   */
  async copy(source: CarriedSource, missing: readonly string[]): Promise<Set<string> | null> {
    const left = new Set<string>();
    if (missing.length === 0) return left;
    const moment = await this.#moments.of(source, missing);
    const taken = await this.#take(source, moment, left);
    for (const subject of missing) if (!moment.asked.has(subject)) left.add(subject);
    return taken.length === 0 || (await this.#put(source, moment, taken, left)) ? left : null;
  }

  async #take(
    source: CarriedSource,
    { documents }: CarriedMoment,
    left: Set<string>,
  ): Promise<TakenStream[]> {
    const taken: TakenStream[] = [];
    let length = 0;
    for (const [subject, document] of documents) {
      if (length >= LENGTH_MAX) left.add(subject);
      else {
        const lists = await this.#lists.of(source, subject, document);
        taken.push({ subject, document, lists });
        length += lists.reduce(
          (sum, [, element]) => sum + element.length,
          encodeDocument(document).length,
        );
      }
      // Lists that were written go first, so that no other stream's are written beside them.
      if (this.#slot.copying !== null) length = LENGTH_MAX;
    }
    return taken;
  }

  async #put(
    source: CarriedSource,
    moment: CarriedMoment,
    taken: readonly TakenStream[],
    left: Set<string>,
  ): Promise<boolean> {
    const { next } = moment.checkpoint;
    const now = await source.documents(
      taken.map(({ subject }) => subject),
      next,
    );
    const isWhole = taken.every(({ subject, document }) => {
      const is = now.get(subject);
      return (
        is?.incarnation === document.incarnation &&
        document.transientDays.every((day) => is.transientDays.includes(day))
      );
    });
    if (!isWhole || !(await this.#foldTo(next))) return false;
    const put = taken.filter(({ subject }) => this.#moments.isKnown(subject));
    for (const { subject } of taken) if (!this.#moments.isKnown(subject)) left.add(subject);
    // Lists that were written are those of one of these, and whether it is put is not known here.
    if (put.length < taken.length && this.#slot.copying !== null) return false;
    if (put.length === 0) return true;
    return this.#slot.commit((cache) =>
      cache.checkpoint.next === next ? putStreams(this.#rulebook, cache, moment, put) : null,
    );
  }
}
