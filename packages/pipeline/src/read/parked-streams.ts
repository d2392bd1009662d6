import { subjectOf } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { PARKED, documentName } from '../slot/names.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { Parked } from '../slot/stream-document.js';
import type { LiveReads, LiveSlots } from './live-reads.js';
import type { ListCursor } from './projection-reader.js';

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
 */
export async function* parkedStreams(
  live: LiveReads,
  partition: number,
  before: Offset | null = null,
): AsyncGenerator<ParkedStream, void> {
  // A member below the smallest of them is before all at that offset.
  let cursor = before === null ? undefined : { score: before, member: '' };
  for (;;) {
    const from = cursor;
    const page = await live.answer((slots) => pageOf(slots, live.projection, partition, from));
    cursor = page.last;
    if (cursor === undefined) return;
    yield* page.parked;
  }
}

/** A page of them, and the place at which the next one begins; none: there is no other. */
async function pageOf(
  slots: LiveSlots,
  { kinds }: Projection,
  partition: number,
  before: ListCursor | undefined,
): Promise<{ parked: ParkedStream[]; last: ListCursor | undefined }> {
  const below = before === undefined ? {} : { before };
  const { results } = await slots.read(partition, [
    { kind: 'ranked', name: PARKED, limit: PLACES_MAX, ...below },
  ]);
  const [places] = results;
  const named = places.flatMap(({ member, score }) =>
    kinds.map((kind) => ({ kind, streamId: member, score })),
  );
  const read = await slots.read(
    partition,
    named.map(({ kind, streamId }) => ({
      kind: 'get' as const,
      name: documentName(subjectOf(kind, streamId)),
    })),
  );
  const parked = named.flatMap(({ kind, streamId, score }, at): ParkedStream[] => {
    const text = read.results[at] ?? null;
    const stands = text === null ? null : decodeDocument(text).parked;
    // One that was folded on between the two reads is no longer parked there.
    if (stands === null || stands.offset !== score) return [];
    return [{ ...stands, kind, streamId, partition }];
  });
  return { parked, last: places.at(-1) };
}
