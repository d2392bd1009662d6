import {
  cancelRunRequest,
  ProblemError,
  type CancelReply,
  type CancelTooLateReply,
} from '@refold/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedBody, checkNamed, pathStreamId, standingOf } from '@refold/serving';
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

/**
 * The answer to a refusal that means that the run is over: then what was asked for holds already.
 * Null: it means something else.
 */
function tooLate(command: Command, error: unknown): CancelTooLateReply | null {
  if (!(error instanceof ProblemError)) return null;
  if (error.code !== 'invalid_transition' && error.code !== 'run_archived') return null;
  const { from = 'archived', idempotent_replay: replayed } = error.occurrence.extras ?? {};
  return {
    run_id: command.streamId,
    run: { id: command.streamId, status: from as CancelTooLateReply['run']['status'] },
    cancel_requested: false,
    verdict: 'rejected',
    idempotent_replay: replayed === true,
    event_id: command.eventId,
  };
}

/**
 * `POST /internal/v1/runs/:run_id/cancel`: asks the run to stop; whoever runs it finishes it. Every
 * request is kept with its reason; of a run that is over, nothing is asked and nothing is wrong.
 */
export function cancelRunRoute(app: HttpServer, ingest: Ingest): void {
  const answer = async (call: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const runId = pathStreamId('run', call.params);
    checkNamed(call.caller, 'run', runId);
    const { principal, bound, identity } = standingOf(call.caller);
    const body = checkedBody(request, call.body ?? {});
    const wish = wishOf(call.headers, ingest.waitMs);
    const key = keyOf(call.headers, body.idempotency_key);
    const command: Command = {
      kind: 'run',
      streamId: runId,
      type: 'run.cancel_requested',
      data: presentMembers({
        reason: body.reason,
        requested_by: body.requested_by ?? call.caller?.principal ?? DEFAULT_REQUESTER,
        thread_id: body.thread_id,
      }),
      eventId: eventIdOf('run', runId, identity, key, ingest.newId),
      key,
      principal,
      bound,
      expectedSeq: null,
      appendOnly: true,
      schemaVersion: null,
    };
    const held = ingest.submission.admission(command);
    if (held !== null) await held;
    try {
      const settled = await ingest.submission.submit(command, wish);
      setWriteHead(reply, 201, settled, wish);
      if (settled.kind !== 'decided') return pendingBody(command, settled);
      const body: CancelReply = { ...appendBody(command, settled), cancel_requested: true };
      return body;
    } catch (error) {
      const late = tooLate(command, error);
      if (late === null) throw error;
      if (wish.applied !== null) reply.header('preference-applied', wish.applied);
      if (late.idempotent_replay) reply.header('idempotency-replayed', 'true');
      return reply.code(200).send(late);
    }
  };
  app.post(`${API_ROOT}/runs/:run_id/cancel`, answer);
}
