import { invalidRequest } from '@refold/serving';

/** Where the last thing of a page stands on the log. */
export interface PlaceCursor {
  partition: number;
  offset: number;
}

export const placeCursorText = ({ partition, offset }: PlaceCursor): string =>
  Buffer.from(`${partition}/${offset}`).toString('base64url');

const badCursor = (expected: string) => invalidRequest([{ field: 'cursor', expected }]);

/** @throws ProblemError for a text that {@link placeCursorText} cannot have written for these partitions. */
export function placeCursorOf(text: string, partitions: readonly number[]): PlaceCursor {
  const [, at, of] =
    /^(\d{1,4})\/(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  const cursor = { partition: Number(at), offset: Number(of) };
  if (placeCursorText(cursor) !== text) throw badCursor('a next_cursor exactly as it was returned');
  if (partitions.includes(cursor.partition)) return cursor;
  throw badCursor('a next_cursor of the same list');
}
