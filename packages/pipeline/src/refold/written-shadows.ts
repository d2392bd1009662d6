import type { FoldContext, Item } from '../fold/fold-context.js';
import { loadBatch } from '../project/load-batch.js';
import { shadowName } from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { SecondCursor } from './second-cursor.js';
import { shadowWrites } from './shadows.js';

/** Shadows that are kept in the slot, so that their size is bounded by the store alone. */
export class WrittenShadows extends SecondCursor {
  /** Streams that were left out after their shadow was begun: it has to go. */
  readonly leftOver: string[] = [];

  protected async fold(items: Item[], live: SlotCache | null): Promise<void> {
    const { attempt, shadows } = this;
    let context: FoldContext | null = null;
    for (let at = 0; at < items.length;) {
      const step = async (cache: SlotCache): Promise<number> => {
        shadows.cache.text = cache.text;
        context ??= await this.#load(items);
        const { folded, writes } = shadows.fold(context, at);
        const shadow = shadowWrites(writes);
        const isEmpty = shadow.set.length + shadow.push.length + shadow.remove.length === 0;
        if (!isEmpty) await attempt.owned.commit(cache, { writes: shadow });
        return at + folded.length;
      };
      at = await (live === null ? attempt.queued(step) : step(live));
    }
    const streams = items.flatMap(({ stream }) => (stream === null ? [] : [stream]));
    shadows.cache.trim([...new Set(streams)]);
  }

  protected dropped(subject: string): void {
    this.leftOver.push(subject);
  }

  async #load(items: Item[]): Promise<FoldContext> {
    const { owned, ports } = this.attempt;
    const { cache } = this.shadows;
    const { committed } = await loadBatch(ports.store, owned.slot, cache, items, shadowName);
    return this.shadows.contextOf(items, committed);
  }
}
