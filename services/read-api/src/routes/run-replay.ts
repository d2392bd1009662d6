import { Readable } from 'node:stream';
import { readQuery, replayEndOf, type ReplayLine } from '@refold/contracts';
import { payloadHash } from '@refold/domain';
import type { ProjectionReader, TimelineEvent } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedMembers,
  pathStreamId,
  positionText,
  runDocumentOf,
  timeText,
} from '@refold/serving';
import { historyOf } from '../history.js';
import type { Reads } from '../reads.js';
import { setReadHeaders } from '../reply-headers.js';
import { readStream, type FoundStream } from '../stream-read.js';
import { policyBundleOf } from './run-receipt.js';

/** Who says that it produced the replay. */
const PRODUCER = 'refold';

const line = (content: ReplayLine): string => `${JSON.stringify(content)}\n`;

const eventLine = (sessionId: string, event: TimelineEvent): string =>
  line({
    type: 'RuntimeEvent',
    ts: timeText(event.recordedAt),
    session_id: sessionId,
    seq: event.seq,
    runtime_event_type: event.type,
    payload_hash: payloadHash(event.data),
    payload: event.data,
  });

/** The lines of a run, a page at a time: the next page is read when the client took the last one. */
async function* replayOf(
  reader: ProjectionReader,
  found: FoundStream,
): AsyncGenerator<string, void> {
  const { streamId, state, document } = found;
  const createdAt = timeText(state.createdAt);
  yield (
    line({
      type: 'ReplayHeader',
      replay_version: 1,
      producer: PRODUCER,
      created_at: createdAt,
    }) +
    line({
      type: 'SessionStart',
      ts: createdAt,
      session_id: streamId,
      policy_bundle_id: policyBundleOf(found),
    })
  );
  for await (const page of historyOf(reader, 'run', found)) {
    yield page.map((event) => eventLine(streamId, event)).join('');
  }
  yield line({
    type: 'SessionEnd',
    ts: timeText(state.updatedAt),
    session_id: streamId,
    ...replayEndOf(state.status),
    total_tool_calls: runDocumentOf(document).tool_call_count ?? 0,
  });
}

/** `GET /internal/v1/runs/:run_id/replay`: NDJSON; a connection that breaks off is no whole replay. */
export function runReplayRoute(app: HttpServer, reads: Reads): void {
  app.get(`${API_ROOT}/runs/:run_id/replay`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const found = await readStream(
      reads,
      call.caller,
      'run',
      runId,
      checkedMembers(readQuery, call.query),
    );
    setReadHeaders(reply, positionText(found.position));
    reply.type('application/x-ndjson; charset=utf-8');
    return reply.send(
      Readable.from(replayOf(reads.served.run.reader, found), { objectMode: false }),
    );
  });
}
