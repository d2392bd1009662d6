import { subjectOf } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { ReadResults, Slot, ViewStore } from '../ports/view-store.js';
import { documentName, indexName } from '../slot/names.js';
import type { StreamDocument } from '../slot/stream-document.js';
import type { ClaimReader } from './claim-reader.js';
import { readDocument } from './stored-document.js';

/** Members of the list of archived runs that are read at once, with their documents. */
const PAGE = 200;

/** Whether nobody folds the stream again: it is archived, and the log has given up what it was folded from. */
export const isEvictable = (document: StreamDocument | null, start: Offset): boolean =>
  document?.parked === null && document.state?.status === 'archived' && document.next <= start;

type Place = ReadResults['ranked'][number];

/** Streams of a slot that {@link isEvictable} holds of, by pages of its list. @param start Where the log begins. */
export async function* evictablePages(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  start: Offset,
): AsyncGenerator<string[], void> {
  let before: Place | undefined;
  do {
    const rows = await pageOf(store, slot, before);
    const subjects = rows.map(({ member }) => subjectOf('run', member));
    const { results } = await store.read(
      slot,
      subjects.map((subject) => ({ kind: 'get' as const, name: documentName(subject) })),
    );
    yield subjects.filter((_, at) => isEvictable(readDocument(results[at] ?? null), start));
    before = rows.length < PAGE ? undefined : rows.at(-1);
  } while (before !== undefined);
}

async function pageOf(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  before: Place | undefined,
): Promise<Place[]> {
  const below = before === undefined ? {} : { before };
  const name = indexName('runs/status/archived');
  const { results } = await store.read(slot, [{ kind: 'ranked', name, limit: PAGE, ...below }]);
  return results[0];
}

/**
 * Takes out of `subjects` those with a claim in what the reader gives next: a fresh fold would know them by it. Returns
 * where to read next, `end` when all is read, and how many records were read.
 */
export async function keepWithoutClaims(
  reader: ClaimReader,
  subjects: Set<string>,
  from: Offset,
  end: Offset,
): Promise<{ at: Offset; records: number }> {
  const { found, next, records } = await reader.read(from, end);
  for (const { decoded } of found) {
    if (decoded.kind === 'claim') subjects.delete(decoded.claim.subject);
  }
  return { at: next <= from ? end : next, records };
}
