import { listParkedQuery, type ListParkedQuery, type ParkedListReply } from '@refold/contracts';
import { LiveReads, parkedStreams, type Projection } from '@refold/pipeline';
import { placeCursorOf, placeCursorText } from '@refold/read-api';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, invalidRequest } from '@refold/serving';
import { checkUnbound } from '../found-operation.js';
import type { Operating } from '../operating.js';
import { parkedPage } from '../parked-page.js';
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
    const { shown, next } = await parkedPage({
      streams: (partition, before) => parkedStreams(live, partition, before),
      partitions,
      after,
      error: query.error ?? null,
      limit: query.limit,
    });
    const body: ParkedListReply = {
      parked: shown.map((one) => presentParked(projection, one)),
      next_cursor: next === null ? null : placeCursorText(next),
    };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
