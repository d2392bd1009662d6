import {
  listDeadLettersQuery,
  type DeadLetterListReply,
  type ListDeadLettersQuery,
} from '@refold/contracts';
import { listedLetters, type ListedLetter } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, invalidRequest, timeText } from '@refold/serving';
import type { Reads, Served } from '../reads.js';

/** The last letter of a page. */
interface LetterCursor {
  partition: number;
  offset: number;
}

const cursorText = ({ partition, offset }: LetterCursor): string =>
  Buffer.from(`${partition}/${offset}`).toString('base64url');

/** @throws ProblemError for a text that {@link cursorText} cannot have written. */
function cursorOf(text: string): LetterCursor {
  const found = /^(\d{1,4})\/(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString());
  if (found !== null) return { partition: Number(found[1]), offset: Number(found[2]) };
  throw invalidRequest([{ field: 'cursor', expected: 'a next_cursor exactly as it was returned' }]);
}

function partitionsOf({ reader }: Served, { partition }: ListDeadLettersQuery): number[] {
  const { partitions } = reader.projection;
  if (partition === undefined) return Array.from({ length: partitions }, (_, at) => at);
  if (partition < partitions) return [partition];
  throw invalidRequest([{ field: 'partition', expected: `a partition below ${partitions}` }]);
}

const replyOf = ({ timestamp, ...letter }: ListedLetter) => ({
  topic: letter.topic,
  partition: letter.partition,
  offset: letter.offset,
  reason: letter.reason,
  key: letter.key,
  bytes: letter.bytes,
  recorded_at: timeText(timestamp),
  ...(letter.cut === undefined ? {} : { cut: letter.cut }),
});

/** `GET /internal/v1/dead-letters`: by partition, the newest of each first. */
export function listDeadLettersRoute(app: HttpServer, reads: Reads): void {
  app.get(`${API_ROOT}/dead-letters`, async (call, reply) => {
    const query = checkedMembers(listDeadLettersQuery, call.query);
    const served = reads.served[query.projection === 'runs' ? 'run' : 'worker'];
    const after = query.cursor === undefined ? null : cursorOf(query.cursor);
    const found: ListedLetter[] = [];
    for (const partition of partitionsOf(served, query)) {
      if (after !== null && partition < after.partition) continue;
      const before = partition === after?.partition ? after.offset : null;
      const missing = query.limit + 1 - found.length;
      const { projection } = served.reader;
      found.push(...(await listedLetters(reads.store, projection, partition, before, missing)));
      if (found.length > query.limit) break;
    }
    const letters = found.slice(0, query.limit);
    const last = letters.at(-1);
    const more = found.length > query.limit && last !== undefined;
    const body: DeadLetterListReply = {
      dead_letters: letters.map(replyOf),
      next_cursor: more ? cursorText(last) : null,
    };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
