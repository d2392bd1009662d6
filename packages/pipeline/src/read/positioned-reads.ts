import type { Offset } from '../ports/event-log.js';
import type { Read } from '../ports/view-store.js';
import type { LiveReads, LiveSlots, LiveSnapshot } from './live-reads.js';
import { PositionFloor } from './position-floor.js';

/** How far a partition was folded when something was read from it. */
export interface ReadPosition {
  partition: number;
  next: Offset;
  /** Largest append time folded, milliseconds; 0 = nothing yet. */
  time: number;
}

/** Slots of the live generations, read with their positions. */
export interface PositionedSlots {
  read<const R extends readonly Read[]>(
    partition: number,
    reads: R,
  ): Promise<LiveSnapshot<R> & { position: ReadPosition }>;
}

/** A position that is served only when the whole answer is known to be one of the live generations. */
interface Unproven {
  position: ReadPosition;
  /** What had been served when the read was begun. */
  floor: Offset;
}

/** How often a read is begun that others overtake. */
const READS_MAX = 5;

/** Answers of the live generations, no position of which lies below what was served before. */
export class PositionedReads {
  readonly #live: LiveReads;
  readonly #floor = new PositionFloor();

  constructor(live: LiveReads) {
    this.#live = live;
  }

  /** Makes an answer; `work` may be called again, and only its last result counts. @throws CatchingUp */
  async answer<T>(work: (slots: PositionedSlots) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      let unproven: Unproven[] = [];
      const answer = await this.#live.answer((slots) => {
        unproven = [];
        return work({ read: (partition, reads) => this.#read(slots, partition, reads, unproven) });
      });
      const isOvertaken = unproven.some(({ position, floor }) =>
        this.#isOvertaken(position, floor),
      );
      if (isOvertaken && tries < READS_MAX) continue;
      for (const { position } of unproven) this.#floor.pass(position.partition, position.next);
      return answer;
    }
  }

  /**
   * Reads of one moment of a partition, and its position. Of reads under way at once a later one may be
   * answered first; what comes back below it then is read again, because the store need not have gone back.
   */
  async #read<const R extends readonly Read[]>(
    slots: LiveSlots,
    partition: number,
    reads: R,
    unproven: Unproven[],
  ): Promise<LiveSnapshot<R> & { position: ReadPosition }> {
    for (let tries = 1; ; tries++) {
      const floor = this.#floor.of(partition);
      const snapshot = await slots.read(partition, reads);
      const { next = 0, time = 0 } = snapshot.checkpoint ?? {};
      const position = { partition, next, time };
      if (snapshot.checkpoint?.role !== 'live') {
        unproven.push({ position, floor });
        return { ...snapshot, position };
      }
      if (this.#isOvertaken(position, floor) && tries < READS_MAX) continue;
      this.#floor.pass(partition, next);
      return { ...snapshot, position };
    }
  }

  #isOvertaken({ partition, next }: ReadPosition, floor: Offset): boolean {
    return next < this.#floor.of(partition) && next >= floor;
  }
}
