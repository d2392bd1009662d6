import type { Slot, ViewStore } from '../ports/view-store.js';
import { PARKED, listedInEither } from './listed-streams.js';

/**
 * Parked streams of a partition, in either of two generations, that are compared one by one while it is sealed: about a
 * second's reading, of the ten for which a partition may be sealed.
 */
export const PARKED_MAX = 5_000;

/** The IDs of streams that stand parked in either slot; null: more than {@link PARKED_MAX}. */
export async function parkedInEither(
  store: Pick<ViewStore, 'read'>,
  old: Slot,
  fresh: Slot,
): Promise<string[] | null> {
  const members = new Set<string>();
  for await (const { member } of listedInEither(store, old, fresh, PARKED)) {
    if (members.add(member).size > PARKED_MAX) return null;
  }
  return [...members];
}
