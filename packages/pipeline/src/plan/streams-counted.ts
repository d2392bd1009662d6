import type { Slot, ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import { COUNTERS } from '../slot/names.js';

/** Streams that a slot has: every view of a kind counts its streams by their status. */
export async function streamsCounted(
  store: Pick<ViewStore, 'read'>,
  { kinds }: Projection,
  slot: Slot,
): Promise<number> {
  const { results } = await store.read(slot, [{ kind: 'fields', name: COUNTERS }]);
  return [...results[0]]
    .filter(([counter]) => kinds.some((kind) => counter.startsWith(`${kind}s/`)))
    .reduce((sum, [, amount]) => sum + Number(amount), 0);
}
