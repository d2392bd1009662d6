import type { Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import { slotOf, type Projection } from '../projection.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import * as names from '../slot/names.js';

/** A dead letter as its slot lists it: without its value, which stands on the topic. */
export interface ListedLetter extends Omit<DeadLetter, 'value'> {
  /** UTF-8 bytes of the value; 0 where there is none. */
  bytes: number;
}

/** One dead letter of a partition; null: none is listed there. */
export async function listedLetter(
  store: Pick<ViewStore, 'read'>,
  projection: Projection,
  partition: number,
  offset: Offset,
): Promise<ListedLetter | null> {
  const { results } = await store.read(slotOf(projection, partition), [
    { kind: 'field', name: names.DEAD_LETTERS, field: String(offset) },
  ]);
  const [text] = results;
  return text === null ? null : (JSON.parse(text) as ListedLetter);
}

/**
 * Dead letters of a partition, newest first, at most `limit`.
 * @param before Only those below this offset; null: from the newest on.
 */
export async function listedLetters(
  store: ViewStore,
  projection: Projection,
  partition: number,
  before: Offset | null,
  limit: number,
): Promise<ListedLetter[]> {
  const slot = slotOf(projection, partition);
  const places = await store.read(slot, [{ kind: 'fields', name: names.DEAD_LETTER_PLACES }]);
  const offsets = [...places.results[0].keys()]
    .map(Number)
    .filter((offset) => before === null || offset < before)
    .sort((a, b) => b - a)
    .slice(0, limit);
  const reads = offsets.map((offset) => ({
    kind: 'field' as const,
    name: names.DEAD_LETTERS,
    field: String(offset),
  }));
  const { results } = await store.read(slot, reads);
  // One that newer ones pushed out between the two reads is no longer listed.
  return results.flatMap((text) => (text === null ? [] : [JSON.parse(text) as ListedLetter]));
}
