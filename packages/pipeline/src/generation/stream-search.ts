import type { StreamKind } from '@refold/contracts';
import type { CarriedSource } from './carried-source.js';

/** Streams that are to be looked at, as they are found in what the live generation lists, some at a time. */
export class StreamSearch {
  readonly found = new Set<string>();
  #walk: AsyncGenerator<string> | null = null;
  #isOver = false;

  /** Everything that is listed was found. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** From the beginning: something of what was found is needed once more. */
  again(): void {
    this.#walk = null;
    this.#isOver = false;
  }

  /** Finds at most `max` more. */
  async more(source: CarriedSource, kinds: readonly StreamKind[], max: number): Promise<void> {
    const walk = (this.#walk ??= source.streams(kinds));
    try {
      for (let looked = 0; looked < max && !this.#isOver; looked++) {
        const next = await walk.next();
        if (next.done === true) this.#isOver = true;
        else this.found.add(next.value);
      }
    } catch (error) {
      // It is over now, as if it had come to its end: what it had not come to is looked for once more.
      this.again();
      throw error;
    }
  }
}
