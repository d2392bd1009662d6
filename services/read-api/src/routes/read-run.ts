import { readQuery } from '@refold/contracts';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, pathStreamId, positionText, presentRun } from '@refold/serving';
import { z } from 'zod';
import { entityTag, matches } from '../entity-tag.js';
import { presentEvent } from '../present-event.js';
import type { Reads } from '../reads.js';
import { setReadHeaders } from '../reply-headers.js';
import { foundStream, readStream } from '../stream-read.js';

/** Events that `?include=events` shows at most; `events_next_cursor` says where to go on. */
const INCLUDED_MAX = 1_000;

const query = z.strictObject({ ...readQuery.shape, include: z.enum(['events']).optional() });

/** `GET /internal/v1/runs/:run_id` */
export function readRunRoute(app: HttpServer, reads: Reads): void {
  const { reader } = reads.served.run;

  const withEvents = async (runId: string) => {
    const read = await reader.timeline('run', runId, 0, INCLUDED_MAX);
    const found = foundStream('run', read);
    const { partition } = read.position;
    const isWhole = found.state.seq <= INCLUDED_MAX;
    const extras = {
      events: read.events.map((event) => presentEvent(event, partition)),
      events_next_cursor: isWhole ? null : String(INCLUDED_MAX),
    };
    return { found, extras };
  };

  app.get(`${API_ROOT}/runs/:run_id`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const { include, ...freshly } = checkedMembers(query, call.query);
    let found = await readStream(reads, 'run', runId, freshly);
    let extras = {};
    if (include === 'events') ({ found, extras } = await withEvents(runId));
    setReadHeaders(reply, positionText(found.position));
    const tag = entityTag(found);
    reply.header('etag', tag);
    if (matches(call.headers['if-none-match'], tag)) return reply.code(304).send();
    return reply.send({ run: { ...presentRun(found), ...extras } });
  });
}
