import { eventsPageQuery, type EventListReply } from '@refold/contracts';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, freshnessOf, pathStreamId, positionText } from '@refold/serving';
import { caughtUp } from '../caught-up.js';
import { eventPage, withMember } from '../event-page.js';
import type { Reads } from '../reads.js';
import { JSON_TYPE, setReadHeaders } from '../reply-headers.js';

/** `GET /internal/v1/runs/:run_id/events`: in order; `next_cursor` is the next `after_seq`. */
export function listRunEventsRoute(app: HttpServer, reads: Reads): void {
  const served = reads.served.run;
  app.get(`${API_ROOT}/runs/:run_id/events`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const { after_seq: afterSeq, limit, ...freshly } = checkedMembers(eventsPageQuery, call.query);
    await caughtUp(served, freshly, served.reader.partitionOf(runId));
    const page = await eventPage(served.reader, runId, afterSeq, limit);
    const { position, document } = page.found;
    setReadHeaders(reply, positionText(position));
    const body: Omit<EventListReply, 'events'> = {
      next_cursor: page.next === null ? null : String(page.next),
      position: positionText(position),
      freshness: freshnessOf(document, position),
    };
    return reply.type(JSON_TYPE).send(withMember(body, 'events', page.text));
  });
}
