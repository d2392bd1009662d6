import { DEFAULT_POLICY_BUNDLE, readQuery, type RunReceiptReply } from '@refold/contracts';
import { trajectoryHasher } from '@refold/domain';
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

/** The policy bundle that a run's metadata names, else the default one. */
export function policyBundleOf({ document }: FoundStream): string {
  const { metadata } = runDocumentOf(document);
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return DEFAULT_POLICY_BUNDLE;
  }
  const named = metadata['policy_bundle_id'];
  return typeof named === 'string' && named !== '' ? named : DEFAULT_POLICY_BUNDLE;
}

/** `GET /internal/v1/runs/:run_id/receipt`: what the history up to now was, in one hash. */
export function runReceiptRoute(app: HttpServer, reads: Reads): void {
  const { reader } = reads.served.run;
  app.get(`${API_ROOT}/runs/:run_id/receipt`, async (call, reply) => {
    const runId = pathStreamId('run', call.params);
    const found = await readStream(
      reads,
      call.caller,
      'run',
      runId,
      checkedMembers(readQuery, call.query),
    );
    const hasher = trajectoryHasher();
    for await (const page of historyOf(reader, 'run', found)) {
      for (const event of page) hasher.add(event);
    }
    const position = positionText(found.position);
    setReadHeaders(reply, position);
    const body: RunReceiptReply = {
      schema: 'openagents.receipt.v1',
      session_id: runId,
      trajectory_hash: hasher.digest(),
      policy_bundle_id: policyBundleOf(found),
      created_at: timeText(found.state.createdAt),
      event_count: found.state.seq,
      first_seq: 1,
      last_seq: found.state.seq,
      tool_calls: [],
      verification: [],
      position,
    };
    return reply.send(body);
  });
}
