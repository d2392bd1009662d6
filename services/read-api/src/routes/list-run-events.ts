import { eventsPageQuery } from '@refold/contracts';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, checkNamed, pathStreamId } from '@refold/serving';
import { caughtUp } from '../caught-up.js';
import { eventPage, sendEventPage } from '../event-page.js';
import type { Reads } from '../reads.js';

/** `GET /internal/v1/runs/:run_id/events`: in order; `next_cursor` is the next `after_seq`. */
export function listRunEventsRoute(app: HttpServer, reads: Reads): void {
  const served = reads.served.run;
  app.get(`${API_ROOT}/runs/:run_id/events`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const { after_seq: afterSeq, limit, ...freshly } = checkedMembers(eventsPageQuery, call.query);
    checkNamed(call.caller, 'run', runId);
    await caughtUp(served, freshly, served.reader.partitionOf(runId));
    const page = await eventPage(
      served.reader,
      call.caller,
      { kind: 'run', streamId: runId },
      afterSeq,
      limit,
    );
    return sendEventPage(reply, page);
  });
}
