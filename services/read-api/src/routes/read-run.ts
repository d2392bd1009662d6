import { readRunQuery } from '@refold/contracts';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, pathStreamId, positionText, presentRun } from '@refold/serving';
import { entityTag, matches } from '../entity-tag.js';
import { eventPage, withMember, type EventPage } from '../event-page.js';
import type { Reads } from '../reads.js';
import { JSON_TYPE, setReadHeaders } from '../reply-headers.js';
import { readStream } from '../stream-read.js';

/** Events that `?include=events` shows at most; `events_next_cursor` says where to go on. */
const INCLUDED_MAX = 1_000;

/** `GET /internal/v1/runs/:run_id` */
export function readRunRoute(app: HttpServer, reads: Reads): void {
  const { reader } = reads.served.run;

  app.get(`${API_ROOT}/runs/:run_id`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const { include, ...freshly } = checkedMembers(readRunQuery, call.query);
    let found = await readStream(reads, 'run', runId, freshly);
    let page: EventPage | null = null;
    if (include === 'events') {
      page = await eventPage(reader, runId, 0, INCLUDED_MAX);
      ({ found } = page);
    }
    setReadHeaders(reply, positionText(found.position));
    const tag = entityTag(found);
    reply.header('etag', tag);
    if (matches(call.headers['if-none-match'], tag)) return reply.code(304).send();
    const run = presentRun(found);
    if (page === null) return reply.send({ run });
    const next = page.next === null ? null : String(page.next);
    const text = withMember({ ...run, events_next_cursor: next }, 'events', page.text);
    return reply.type(JSON_TYPE).send(`{"run":${text}}`);
  });
}
