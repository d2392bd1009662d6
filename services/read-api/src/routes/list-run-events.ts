import { eventsPageQuery, type EventListReply } from '@refold/contracts';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, freshnessOf, pathStreamId, positionText } from '@refold/serving';
import { caughtUp } from '../caught-up.js';
import { presentEvent } from '../present-event.js';
import type { Reads } from '../reads.js';
import { setReadHeaders } from '../reply-headers.js';
import { foundStream } from '../stream-read.js';

/** `GET /internal/v1/runs/:run_id/events`: in order; `next_cursor` is the next `after_seq`. */
export function listRunEventsRoute(app: HttpServer, reads: Reads): void {
  const served = reads.served.run;
  app.get(`${API_ROOT}/runs/:run_id/events`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const { after_seq: afterSeq, limit, ...freshly } = checkedMembers(eventsPageQuery, call.query);
    await caughtUp(served, freshly, served.reader.partitionOf(runId));
    const read = await served.reader.timeline('run', runId, afterSeq, limit);
    const found = foundStream('run', read);
    const { position } = read;
    setReadHeaders(reply, positionText(position));
    const last = read.events.at(-1)?.seq ?? afterSeq;
    const body: EventListReply = {
      events: read.events.map((event) => presentEvent(event, position.partition)),
      next_cursor: last < found.state.seq ? String(last) : null,
      position: positionText(position),
      freshness: freshnessOf(found.document, position),
    };
    return reply.send(body);
  });
}
