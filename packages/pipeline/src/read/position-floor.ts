import type { Offset } from '../ports/event-log.js';

/** The store shows less than this process has already served: it must not go back in time. */
export class CatchingUp extends Error {
  override readonly name = 'CatchingUp';
  readonly partition: number;
  constructor(partition: number, served: Offset, found: Offset) {
    super(
      `partition ${partition} was served at ${served} and stands at ${found} now: its read model is being rebuilt`,
    );
    this.partition = partition;
  }
}

/**
 * The furthest position of each partition that this process has served. Reads under way at once may be
 * answered in any order, so a read is held to what had been served when it was begun.
 */
export class PositionFloor {
  readonly #served = new Map<number, Offset>();

  /** To be asked for before the read: what its answer must not lie below. */
  of(partition: number): Offset {
    return this.#served.get(partition) ?? 0;
  }

  /** @throws CatchingUp when `next` is below the floor that the read began with. */
  pass(partition: number, next: Offset, floor: Offset): void {
    if (next < floor) throw new CatchingUp(partition, floor, next);
    this.#served.set(partition, Math.max(next, this.of(partition)));
  }
}
