import { readQuery, type CheckpointReply, type RunSummaryReply } from '@refold/contracts';
import { projectionHash } from '@refold/domain';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedMembers,
  pathStreamId,
  positionText,
  runDocumentOf,
  timeText,
} from '@refold/serving';
import type { Reads } from '../reads.js';
import { setReadHeaders } from '../reply-headers.js';
import { readStream, type FoundStream } from '../stream-read.js';

/** How far a stream is folded. `topic`: what the original called it. */
export const checkpointReply = (
  { state, position }: FoundStream,
  topic: string,
  lastEventType: string | undefined,
): CheckpointReply => ({
  checkpoint: {
    topic,
    last_seq: state.seq,
    last_event_type: lastEventType ?? null,
    updated_at: timeText(state.updatedAt),
    partition: position.partition,
    next_offset: position.next,
  },
});

/** `GET /internal/v1/projectors/checkpoints/:run_id` and `…/run-summary/:run_id` */
export function streamCheckpointRoutes(app: HttpServer, reads: Reads): void {
  app.get(`${API_ROOT}/projectors/checkpoints/:run_id`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const found = await readStream(
      reads,
      call.caller,
      'run',
      runId,
      checkedMembers(readQuery, call.query),
    );
    setReadHeaders(reply, positionText(found.position));
    const { last_event_type: lastEventType } = runDocumentOf(found.document);
    return reply.send(checkpointReply(found, `run:${runId}:events`, lastEventType));
  });

  app.get(`${API_ROOT}/projectors/run-summary/:run_id`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const found = await readStream(
      reads,
      call.caller,
      'run',
      runId,
      checkedMembers(readQuery, call.query),
    );
    setReadHeaders(reply, positionText(found.position));
    const { state } = found;
    const summary = {
      run_id: runId,
      status: state.status as RunSummaryReply['summary']['status'],
      last_seq: state.seq,
      event_count: state.seq,
    };
    const body: RunSummaryReply = {
      summary: {
        ...summary,
        projection_hash: projectionHash(summary),
        updated_at: timeText(state.updatedAt),
      },
    };
    return reply.send(body);
  });
}
