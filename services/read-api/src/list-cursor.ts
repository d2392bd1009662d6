import { STREAM_ID_PATTERN } from '@refold/contracts';
import type { ListCursor } from '@refold/pipeline';
import { invalidRequest } from '@refold/serving';

/** A place in a list as callers hold it: opaque to them. */
export const cursorText = ({ score, member }: ListCursor): string =>
  Buffer.from(JSON.stringify([score, member])).toString('base64url');

const parse = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
};

/** @throws ProblemError for a text that {@link cursorText} cannot have written. */
export function cursorOf(text: string): ListCursor {
  const fields = parse(text);
  if (Array.isArray(fields) && fields.length === 2) {
    const [score, member] = fields as unknown[];
    if (
      Number.isSafeInteger(score) &&
      typeof member === 'string' &&
      STREAM_ID_PATTERN.test(member)
    ) {
      return { score: score as number, member };
    }
  }
  throw invalidRequest([{ field: 'cursor', expected: 'a next_cursor exactly as it was returned' }]);
}
