import type { OwnedSlot } from '../project/owned-slot.js';
import { encodeCarriedOver } from '../slot/carried-over.js';
import type { CarriedOver } from '../slot/carried-over.js';
import * as names from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { CarriedChange } from './put-carried.js';

/** The slot aside that streams are carried over into, in the hands of its owner. */
export class CarriedSlot {
  readonly #owned: OwnedSlot;

  constructor(owned: OwnedSlot) {
    this.#owned = owned;
  }

  /** The stream of which lists are written, and no document yet; null: there is none, as far as is known. */
  get copying(): CarriedOver['copying'] {
    return this.#owned.known?.carried?.copying ?? null;
  }

  /** Of these streams those that it has no document of. */
  missing(subjects: readonly string[]): Promise<string[]> {
    return this.#owned.queued(async () => {
      const cache = await this.#owned.loaded();
      const texts = await this.#owned.reads(cache).all('get', subjects.map(names.documentName));
      return subjects.filter((_, at) => texts[at] === null);
    });
  }

  /**
   * One commit where it stands; it is read again behind it. False: nothing was written.
   * @param made Null: nothing is to be written.
   */
  commit(made: (cache: SlotCache, carried: CarriedOver) => CarriedChange | null): Promise<boolean> {
    return this.#owned.queued(async () => {
      this.#owned.checkOwned();
      const cache = await this.#owned.loaded();
      if (cache.checkpoint.role !== 'aside' || cache.carried === null) return false;
      const change = made(cache, cache.carried);
      if (change === null) return false;
      const { writes, carried, time = cache.time } = change;
      writes.set.push([names.CARRIED, encodeCarriedOver(carried)]);
      const { decider } = cache.checkpoint;
      const folded = { decider, time: Math.max(time, cache.time), last: null };
      this.#owned.forget();
      await this.#owned.commit(cache, { folded, writes });
      await this.#owned.loaded();
      return true;
    });
  }
}
