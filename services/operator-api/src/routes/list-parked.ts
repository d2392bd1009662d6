import { listParkedQuery, type ListParkedQuery, type ParkedListReply } from '@refold/contracts';
import { LiveReads, parkedStreams, type ParkedStream, type Projection } from '@refold/pipeline';
import { placeCursorOf, placeCursorText } from '@refold/read-api';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, invalidRequest } from '@refold/serving';
import { checkUnbound } from '../found-operation.js';
import type { Operating } from '../operating.js';
import { presentParked } from '../present-parked.js';

function partitionsOf({ partitions }: Projection, { partition }: ListParkedQuery): number[] {
  if (partition === undefined) return Array.from({ length: partitions }, (_, at) => at);
  if (partition < partitions) return [partition];
  throw invalidRequest([{ field: 'partition', expected: `a partition below ${partitions}` }]);
}

/** `GET /internal/v1/parked`: by partition, the streams that parked last first. */
export function listParkedRoute(app: HttpServer, operating: Operating): void {
  app.get(`${API_ROOT}/parked`, async (call, reply) => {
    checkUnbound(call.caller);
    const query = checkedMembers(listParkedQuery, call.query);
    const projection = operating.projections[query.projection];
    const partitions = partitionsOf(projection, query);
    const after = query.cursor === undefined ? null : placeCursorOf(query.cursor, partitions);
    const live = new LiveReads(operating.store, projection);
    const found: ParkedStream[] = [];
    for (const partition of partitions) {
      if (after !== null && partition < after.partition) continue;
      const before = partition === after?.partition ? after.offset : null;
      const error = query.error ?? null;
      for await (const one of parkedStreams(live, partition, before, error)) {
        if (found.push(one) > query.limit) break;
      }
      if (found.length > query.limit) break;
    }
    const shown = found.slice(0, query.limit);
    const last = shown.at(-1);
    const body: ParkedListReply = {
      parked: shown.map((one) => presentParked(projection, one)),
      next_cursor: found.length > query.limit && last !== undefined ? placeCursorText(last) : null,
    };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
