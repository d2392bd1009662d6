import type { StreamKind } from '@refold/contracts';
import type { ListCursor, ListEntry, ProjectionReader, ReadPosition } from '@refold/pipeline';

/** Entries one request may look at; a page may end early there, with a cursor to go on. */
const SCAN_MAX = 2_000;
const PAGE_MAX = 200;

/** What to list: the narrowest index, and what its entries must satisfy on top. */
export interface Listing {
  kind: StreamKind;
  index: string;
  keep: (entry: ListEntry) => boolean;
  limit: number;
  before: ListCursor | undefined;
}

/** A page, and where the next one begins; null: the list ends here. */
export interface ListPage {
  entries: ListEntry[];
  next: ListCursor | null;
  positions: ReadPosition[];
}

const placeOf = (entry: ListEntry): ListCursor => ({ score: entry.score, member: entry.streamId });

/** Newer first; of the same age the larger ID, as in the indexes. */
const byAge = (a: ListEntry, b: ListEntry): number =>
  b.score - a.score || (a.streamId < b.streamId ? 1 : -1);

const isBelow = (entry: ListEntry, before: ListCursor | undefined): boolean =>
  before === undefined ||
  entry.score < before.score ||
  (entry.score === before.score && entry.streamId < before.member);

/** The same over streams that are named, each read by itself: no index tells of any other. */
export async function namedList(
  reader: ProjectionReader,
  kind: StreamKind,
  ids: ReadonlySet<string>,
  { keep, limit, before }: Pick<Listing, 'keep' | 'limit' | 'before'>,
): Promise<ListPage> {
  const reads = await Promise.all([...ids].map((id) => reader.document(kind, id)));
  const listed = reads
    .map((read): ListEntry => ({ ...read, score: read.document?.state?.createdAt ?? 0 }))
    .filter((entry) => keep(entry) && isBelow(entry, before))
    .sort(byAge);
  const entries = listed.slice(0, limit);
  const last = entries.at(-1);
  const next = listed.length > limit && last !== undefined ? placeOf(last) : null;
  const positions = new Map(reads.map(({ position }) => [position.partition, position]));
  return { entries, next, positions: [...positions.values()] };
}

/** One page, newest first. Every entry is judged by the document that is shown, not by the index alone. */
export async function filteredList(reader: ProjectionReader, listing: Listing): Promise<ListPage> {
  const { kind, index, keep, limit } = listing;
  const kept: ListEntry[] = [];
  let { before } = listing;
  for (let scanned = 0; ;) {
    const pageSize = Math.min(PAGE_MAX, Math.max(limit, scanned === 0 ? limit : PAGE_MAX));
    const { entries, positions } = await reader.list(kind, index, before, pageSize);
    for (const entry of entries) {
      before = placeOf(entry);
      if (!keep(entry)) continue;
      kept.push(entry);
      if (kept.length === limit) {
        const isLast = entries.length < pageSize && entry === entries.at(-1);
        return { entries: kept, next: isLast ? null : before, positions };
      }
    }
    scanned += entries.length;
    if (entries.length < pageSize) return { entries: kept, next: null, positions };
    if (scanned >= SCAN_MAX) return { entries: kept, next: before ?? null, positions };
  }
}
