import type { Read, Slot, ViewStore, Writes } from '@refold/pipeline';
import type { SlotDump } from '../memory/memory-slot.js';

const EVERYTHING = 1_000_000;

/** Collects the names that commits have used, with the kind of value each holds now. */
export class SlotCatalogue {
  readonly #kinds = new Map<string, Read['kind']>();

  /** Takes note of the names of a commit, whether or not it came through. */
  note(writes: Writes): void {
    for (const name of writes.remove) this.#kinds.delete(name);
    for (const [name] of writes.set) this.#kinds.set(name, 'get');
    for (const [name] of writes.push) this.#kinds.set(name, 'list');
    for (const [name] of writes.putField) this.#kinds.set(name, 'fields');
    for (const [name] of writes.rank) this.#kinds.set(name, 'ranked');
    if (writes.count.length > 0) this.#kinds.set('counters', 'fields');
  }

  reads(): Read[] {
    return [...this.#kinds].map(([name, kind]): Read => {
      if (kind === 'ranked') return { kind, name, limit: EVERYTHING };
      return { kind: kind as 'get' | 'list' | 'fields', name };
    });
  }
}

/**
 * What a slot holds under the catalogued names, read in one moment through the port alone. Deeply
 * equal to the memory store's dump of a slot with the same content.
 */
export async function dumpSlot(
  store: ViewStore,
  slot: Slot,
  catalogue: SlotCatalogue,
): Promise<SlotDump> {
  const reads = catalogue.reads();
  const { checkpoint, results } = await store.read(slot, reads);
  const dump: SlotDump = { checkpoint, text: {}, lists: {}, hashes: {}, ranked: {} };
  (results as unknown[]).forEach((result, at) => {
    const read = reads[at];
    if (read === undefined || result === null) return;
    if (result instanceof Map) {
      if (result.size > 0) dump.hashes[read.name] = Object.fromEntries(result) as never;
    } else if (typeof result === 'string') {
      dump.text[read.name] = result;
    } else if ((result as unknown[]).length > 0) {
      if (read.kind === 'ranked') dump.ranked[read.name] = result as never;
      else dump.lists[read.name] = result as string[];
    }
  });
  return dump;
}
