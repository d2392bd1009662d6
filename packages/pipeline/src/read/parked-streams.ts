import { subjectOf } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { PARKED, documentName } from '../slot/names.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { Parked } from '../slot/stream-document.js';

/** A stream that stands parked. */
export interface ParkedStream extends Parked {
  kind: StreamKind;
  streamId: string;
  partition: number;
}

/** Places of the index that are looked at in one moment. */
const PLACES_MAX = 200;

/** The class of an error: what stands before its first colon. */
export const errorClassOf = (error: string): string => error.split(':', 1)[0] ?? error;

/**
 * Streams of a partition that stand parked, the ones that parked last first.
 * @param before Only those that parked below this offset; null: from the last one on.
 * @param error Only those whose error begins so; null: all of them.
 */
export async function* parkedStreams(
  store: Pick<ViewStore, 'read'>,
  projection: Projection,
  partition: number,
  before: Offset | null = null,
  error: string | null = null,
): AsyncGenerator<ParkedStream, void> {
  const slot = slotOf(projection, partition);
  // A member below the smallest of them is before all at that offset.
  let cursor = before === null ? undefined : { score: before, member: '' };
  for (;;) {
    const below = cursor === undefined ? {} : { before: cursor };
    const { results } = await store.read(slot, [
      { kind: 'ranked', name: PARKED, limit: PLACES_MAX, ...below },
    ]);
    const [places] = results;
    cursor = places.at(-1);
    if (cursor === undefined) return;
    const named = places.flatMap(({ member, score }) =>
      projection.kinds.map((kind) => ({ kind, streamId: member, score })),
    );
    const read = await store.read(
      slot,
      named.map(({ kind, streamId }) => ({
        kind: 'get' as const,
        name: documentName(subjectOf(kind, streamId)),
      })),
    );
    for (const [at, { kind, streamId, score }] of named.entries()) {
      const text = read.results[at] ?? null;
      const parked = text === null ? null : decodeDocument(text).parked;
      // One that was folded on between the two reads is no longer parked there.
      if (parked === null || parked.offset !== score) continue;
      if (error === null || parked.error.startsWith(error)) {
        yield { ...parked, kind, streamId, partition };
      }
    }
  }
}
