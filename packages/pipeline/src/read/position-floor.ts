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

/** The furthest position of each partition that this process has served. */
export class PositionFloor {
  readonly #served = new Map<number, Offset>();

  of(partition: number): Offset {
    return this.#served.get(partition) ?? 0;
  }

  /** @throws CatchingUp when `next` is below what was served before. */
  pass(partition: number, next: Offset): void {
    const served = this.of(partition);
    if (next < served) throw new CatchingUp(partition, served, next);
    this.#served.set(partition, next);
  }
}
