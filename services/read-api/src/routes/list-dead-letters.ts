import {
  listDeadLettersQuery,
  type DeadLetterListReply,
  type ListDeadLettersQuery,
  type ProjectionName,
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

const badCursor = (expected: string) => invalidRequest([{ field: 'cursor', expected }]);

/** @throws ProblemError for a text that {@link cursorText} cannot have written for these partitions. */
function cursorOf(text: string, partitions: readonly number[]): LetterCursor {
  const [, at, of] =
    /^(\d{1,4})\/(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  const cursor = { partition: Number(at), offset: Number(of) };
  if (cursorText(cursor) !== text) throw badCursor('a next_cursor exactly as it was returned');
  if (partitions.includes(cursor.partition)) return cursor;
  throw badCursor('a next_cursor of the same list');
}

function servedAs(reads: Reads, projection: ProjectionName): Served {
  const all = Object.values(reads.served);
  const found = all.find(({ reader }) => reader.projection.name === projection);
  if (found === undefined) throw new Error(`the projection ${projection} is not served`);
  return found;
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
    const served = servedAs(reads, query.projection);
    const partitions = partitionsOf(served, query);
    const after = query.cursor === undefined ? null : cursorOf(query.cursor, partitions);
    const found: ListedLetter[] = [];
    for (const partition of partitions) {
      if (after !== null && partition < after.partition) continue;
      const before = partition === after?.partition ? after.offset : null;
      const missing = query.limit + 1 - found.length;
      const { live } = served.reader;
      found.push(...(await listedLetters(live, partition, before, missing)));
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
