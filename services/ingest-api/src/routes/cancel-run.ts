import { cancelRunRequest } from '@refold/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedBody, pathStreamId } from '@refold/serving';
import { z } from 'zod';
import type { Command } from '../command.js';
import { eventIdOf } from '../event-id.js';
import type { Ingest } from '../ingest.js';
import { keyOf, wishOf } from '../wish.js';
import { appendBody, pendingBody, setWriteHead } from '../write-reply.js';
import { presentMembers } from './present-members.js';

const request = z.compile(cancelRunRequest);

/** Who asked, where the caller does not say. */
const DEFAULT_REQUESTER = 'control_plane';

/** `POST /internal/v1/runs/:run_id/cancel`: asks the run to stop; whoever runs it finishes it. */
export function cancelRunRoute(app: HttpServer, ingest: Ingest): void {
  const answer = async (call: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const runId = pathStreamId('run', call.params);
    const body = checkedBody(request, call.body ?? {});
    const wish = wishOf(call.headers, ingest.waitMs);
    const key = keyOf(call.headers, body.idempotency_key);
    const command: Command = {
      kind: 'run',
      streamId: runId,
      type: 'run.cancel_requested',
      data: presentMembers({
        reason: body.reason,
        requested_by: body.requested_by ?? DEFAULT_REQUESTER,
      }),
      eventId: eventIdOf('run', runId, null, key, ingest.newId),
      key,
      principal: null,
      expectedSeq: null,
      appendOnly: true,
      schemaVersion: null,
    };
    const held = ingest.submission.admission(command);
    if (held !== null) await held;
    const settled = await ingest.submission.submit(command, wish);
    setWriteHead(reply, 201, settled, wish);
    return settled.kind === 'decided'
      ? appendBody(command, settled)
      : pendingBody(command, settled);
  };
  app.post(`${API_ROOT}/runs/:run_id/cancel`, answer);
}
