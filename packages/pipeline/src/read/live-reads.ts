import { readLive } from '../generation/stored-pointer.js';
import type { Read, Snapshot, ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint } from '../slot/checkpoint.js';

/** A snapshot of a live slot. */
export interface LiveSnapshot<R extends readonly Read[]> {
  checkpoint: Checkpoint | null;
  generation: number;
  results: Snapshot<R>['results'];
}

/** What one answer is made from: slots of the generations that are live by one state of the pointer. */
export interface LiveSlots {
  read<const R extends readonly Read[]>(partition: number, reads: R): Promise<LiveSnapshot<R>>;
}

/**
 * Reads of whatever generation is live, answer by answer.
 *
 * A slot is `live` only while the pointer names it: it is sealed before the pointer changes. So a
 * checkpoint that says so proves, in the same read, that the pointer which is remembered here still
 * held for its partition, and the common case takes no read of the pointer. Where a checkpoint says
 * anything else, the pointer is read behind it: with the fence unchanged it held all along; otherwise
 * the whole answer is made again. Either way no answer is made from two states of the pointer.
 */
export class LiveReads {
  readonly projection: Projection;
  readonly #store: Pick<ViewStore, 'read'>;
  /** As it was read last. */
  #pointer: { text: string | null; live: readonly number[] } | null = null;

  constructor(store: Pick<ViewStore, 'read'>, projection: Projection) {
    this.#store = store;
    this.projection = projection;
  }

  /** Makes an answer; `work` may be called again, and only its last result counts. */
  async answer<T>(work: (slots: LiveSlots) => Promise<T>): Promise<T> {
    for (;;) {
      const pointer = (this.#pointer ??= await readLive(this.#store, this.projection));
      let isProven = true;
      const answer = await work({
        read: async (partition, reads) => {
          const snapshot = await this.#read(pointer.live, partition, reads);
          isProven &&= snapshot.checkpoint?.role === 'live';
          return snapshot;
        },
      });
      if (isProven) return answer;
      const now = await readLive(this.#store, this.projection);
      this.#pointer = now;
      if (now.text === pointer.text) return answer;
    }
  }

  async #read<const R extends readonly Read[]>(
    live: readonly number[],
    partition: number,
    reads: R,
  ): Promise<LiveSnapshot<R>> {
    const { name: projection, generation: first } = this.projection;
    const generation = live[partition] ?? first;
    const { checkpoint, results } = await this.#store.read(
      { projection, generation, partition },
      reads,
    );
    return {
      checkpoint: checkpoint === null ? null : decodeCheckpoint(checkpoint),
      generation,
      results,
    };
  }
}
