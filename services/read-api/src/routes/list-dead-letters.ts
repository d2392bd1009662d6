import {
  listDeadLettersQuery,
  type DeadLetterListReply,
  type ListDeadLettersQuery,
  type ProjectionName,
} from '@refold/contracts';
import { listedLetters, type ListedLetter } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, invalidRequest } from '@refold/serving';
import { presentLetter, republishedBy } from '../republished.js';
import { placeCursorOf, placeCursorText } from '../place-cursor.js';
import type { Reads, Served } from '../reads.js';

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

/** Letters as replies show them, with the operations that published them again. */
async function shown(
  reads: Reads,
  projection: ProjectionName,
  letters: readonly ListedLetter[],
): Promise<DeadLetterListReply['dead_letters']> {
  const operations = new Map<number, Map<number, string>>();
  for (const partition of new Set(letters.map((letter) => letter.partition))) {
    const offsets = letters.filter((one) => one.partition === partition).map((one) => one.offset);
    operations.set(partition, await republishedBy(reads, projection, partition, offsets));
  }
  return letters.map((letter) =>
    presentLetter(letter, operations.get(letter.partition)?.get(letter.offset)),
  );
}

/** `GET /internal/v1/dead-letters`: by partition, the newest of each first. */
export function listDeadLettersRoute(app: HttpServer, reads: Reads): void {
  app.get(`${API_ROOT}/dead-letters`, async (call, reply) => {
    const query = checkedMembers(listDeadLettersQuery, call.query);
    const served = servedAs(reads, query.projection);
    const partitions = partitionsOf(served, query);
    const after = query.cursor === undefined ? null : placeCursorOf(query.cursor, partitions);
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
      dead_letters: await shown(reads, query.projection, letters),
      next_cursor: more ? placeCursorText(last) : null,
    };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
