import type { ParkedStream } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { LOOKED_AT_MAX, parkedPage, type ParkedSearch } from './parked-page.js';

const PARTITIONS = [0, 1];

/** Streams of two partitions, of which so many stand parked in each; one of a thousand with an error of its own. */
function parkedIn(each: number) {
  let read = 0;
  async function* streams(partition: number, before: number | null): AsyncGenerator<ParkedStream> {
    for (let offset = (before ?? each) - 1; offset >= 0; offset--) {
      read += 1;
      const error = offset % 1_000 === 0 ? 'RangeError: rare' : 'TypeError: frequent';
      const place = { partition, offset, time: null, last: offset, count: 0 };
      yield { ...place, kind: 'run', streamId: `r${offset}`, error };
    }
  }
  const pages = async (search: Pick<ParkedSearch, 'error' | 'limit'>) => {
    const all: (readonly [shown: number[], read: number])[] = [];
    for (let after: ParkedSearch['after'] | undefined; after !== null;) {
      read = 0;
      const page = await parkedPage({
        streams,
        partitions: PARTITIONS,
        after: after ?? null,
        ...search,
      });
      all.push([page.shown.map(({ offset }) => offset), read]);
      after = page.next;
    }
    return all;
  };
  return { pages };
}

describe('a page of parked streams', () => {
  it('begins behind the one before, and says whether there are more', async () => {
    const { pages } = parkedIn(3);
    const shown = (await pages({ error: null, limit: 2 })).map(([offsets]) => offsets);
    expect(shown).toEqual([
      [2, 1],
      [0, 2],
      [1, 0],
    ]);
  });

  it('looks at so many of them alone, however few have the error that is asked for', async () => {
    const { pages } = parkedIn(2_500);
    const found = await pages({ error: 'RangeError', limit: 10 });
    expect(found.flatMap(([offsets]) => offsets)).toEqual([2_000, 1_000, 0, 2_000, 1_000, 0]);
    for (const [, read] of found) expect(read).toBeLessThanOrEqual(LOOKED_AT_MAX + 1);
    expect(found).toHaveLength(5);
  });
});
