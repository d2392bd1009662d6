import type { Offset } from '../ports/event-log.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import * as names from '../slot/names.js';
import type { LiveReads, LiveSlots } from './live-reads.js';

/** A dead letter as its slot lists it: without its value, which stands on the topic. */
export interface ListedLetter extends Omit<DeadLetter, 'value'> {
  /** UTF-8 bytes of the value; 0 where there is none. */
  bytes: number;
}

/** One dead letter of a partition; null: none is listed there. */
export async function listedLetter(
  live: LiveReads,
  partition: number,
  offset: Offset,
): Promise<ListedLetter | null> {
  const { results } = await live.answer((slots) =>
    slots.read(partition, [{ kind: 'field', name: names.DEAD_LETTERS, field: String(offset) }]),
  );
  const [text] = results;
  return text === null ? null : (JSON.parse(text) as ListedLetter);
}

/**
 * Dead letters of a partition, newest first, at most `limit`.
 * @param before Only those below this offset; null: from the newest on.
 */
export function listedLetters(
  live: LiveReads,
  partition: number,
  before: Offset | null,
  limit: number,
): Promise<ListedLetter[]> {
  return live.answer((slots) => lettersOf(slots, partition, before, limit));
}

async function lettersOf(
  slots: LiveSlots,
  partition: number,
  before: Offset | null,
  limit: number,
): Promise<ListedLetter[]> {
  const places = await slots.read(partition, [{ kind: 'fields', name: names.DEAD_LETTER_PLACES }]);
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
  const { results } = await slots.read(partition, reads);
  // One that newer ones pushed out between the two reads is no longer listed.
  return results.flatMap((text) => (text === null ? [] : [JSON.parse(text) as ListedLetter]));
}
