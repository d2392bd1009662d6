import type { ParkedStream } from '@refold/pipeline';
import type { PlaceCursor } from '@refold/read-api';

/** What a page of parked streams is put together from. */
export interface ParkedSearch {
  /** The streams of a partition that stand parked below an offset, the ones that parked last first. */
  streams: (partition: number, before: number | null) => AsyncIterable<ParkedStream>;
  partitions: readonly number[];
  after: PlaceCursor | null;
  /** Only those whose error begins so; null: all of them. */
  error: string | null;
  limit: number;
}

/** A page, and what was looked at last where there are more. */
export interface ParkedPage {
  shown: ParkedStream[];
  next: PlaceCursor | null;
}

/** Parked streams that one page looks at: what stands of each is read. */
export const LOOKED_AT_MAX = 1_000;

/** The next streams of a list; fewer than its limit, or none, where the errors of most of them begin otherwise. */
export async function parkedPage(search: ParkedSearch): Promise<ParkedPage> {
  const { streams, partitions, after, error, limit } = search;
  const shown: ParkedStream[] = [];
  let lookedAt = 0;
  let last: PlaceCursor | null = null;
  for (const partition of partitions) {
    if (after !== null && partition < after.partition) continue;
    const before = partition === after?.partition ? after.offset : null;
    for await (const one of streams(partition, before)) {
      if (shown.length === limit || lookedAt === LOOKED_AT_MAX) return { shown, next: last };
      lookedAt += 1;
      last = one;
      if (error === null || one.error.startsWith(error)) shown.push(one);
    }
  }
  return { shown, next: null };
}
