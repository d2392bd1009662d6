import {
  ProblemError,
  readRunQuery,
  runSnapshotQuery,
  type RunSnapshotReply,
} from '@refold/contracts';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedMembers,
  freshnessOf,
  matchesTag,
  pathStreamId,
  positionText,
  presentRun,
  runDocumentOf,
  timeText,
} from '@refold/serving';
import { entityTag } from '../entity-tag.js';
import { eventPage, withMember, type EventPage } from '../event-page.js';
import type { Reads } from '../reads.js';
import { JSON_TYPE, setReadHeaders } from '../reply-headers.js';
import { readStream } from '../stream-read.js';

/** Events that `?include=events` shows at most; `events_next_cursor` says where to go on. */
const INCLUDED_MAX = 1_000;

/** @throws ProblemError not_found when the reader means the run of another conversation. */
function checkThread(runId: string, asked: string | null, threadId: string | null): void {
  if (asked === null || asked === threadId) return;
  throw new ProblemError('not_found', {
    detail: `The run ${runId} does not belong to the thread that was named.`,
    extras: { run_id: runId },
  });
}

/** `GET /internal/v1/runs/:run_id` and `…/snapshot` */
export function readRunRoute(app: HttpServer, reads: Reads): void {
  const { reader } = reads.served.run;

  app.get(`${API_ROOT}/runs/:run_id`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const { include, ...freshly } = checkedMembers(readRunQuery, call.query);
    let found = await readStream(reads, call.caller, 'run', runId, freshly);
    let page: EventPage | null = null;
    if (include === 'events') {
      page = await eventPage(
        reader,
        call.caller,
        { kind: 'run', streamId: runId },
        0,
        INCLUDED_MAX,
      );
      ({ found } = page);
    }
    setReadHeaders(reply, positionText(found.position));
    const tag = entityTag(found);
    reply.header('etag', tag);
    if (matchesTag(call.headers['if-none-match'], tag)) return reply.code(304).send();
    const run = presentRun(found);
    if (page === null) return reply.send({ run });
    const next = page.next === null ? null : String(page.next);
    const text = withMember({ ...run, events_next_cursor: next }, 'events', page.text);
    return reply.type(JSON_TYPE).send(`{"run":${text}}`);
  });

  app.get(`${API_ROOT}/runs/:run_id/snapshot`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const { thread_id: asked, ...freshly } = checkedMembers(runSnapshotQuery, call.query);
    const found = await readStream(reads, call.caller, 'run', runId, freshly);
    const { state, position, document } = found;
    const threadId = runDocumentOf(document).thread_id ?? null;
    checkThread(runId, asked, threadId);
    setReadHeaders(reply, positionText(position));
    const body: RunSnapshotReply = {
      run_id: runId,
      thread_id: threadId,
      status: state.status as RunSnapshotReply['status'],
      latest_seq: state.seq,
      updated_at: timeText(state.updatedAt),
      position: positionText(position),
      freshness: freshnessOf(found),
    };
    return reply.send(body);
  });
}
