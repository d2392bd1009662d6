import {
  appendFrameRequest,
  checkEventData,
  checkJson,
  subjectOf,
  type FrameReply,
} from '@refold/contracts';
import { deriveNamedId, frameEventOf, type Frame } from '@refold/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedBody, checkNamed, pathStreamId, standingOf } from '@refold/serving';
import { z } from 'zod';
import type { Command } from '../command.js';
import type { Ingest } from '../ingest.js';
import { checkNamedKey, wishOf } from '../wish.js';
import { appendBody, pendingBody, setWriteHead } from '../write-reply.js';

const request = z.compile(appendFrameRequest);

/** A claim, and the ID of the frame that it is made of. */
type FrameCommand = Command & { key: string };

/** The claim of a frame: its ID is its identity, whoever sends it again. @throws ProblemError */
function frameCommand({ params, headers, body, caller }: FastifyRequest): FrameCommand {
  const runId = pathStreamId('run', params);
  checkNamed(caller, 'run', runId);
  const { principal, bound } = standingOf(caller);
  const { frame_id: frameId, occurred_at: occurredAt, ...given } = checkedBody(request, body);
  checkNamedKey(headers, frameId, '/frame_id');
  const { type, thread_id: threadId } = given;
  const payload = given.payload as Frame['payload'];
  // As deep as it will stand in the event, so that a fault is told at its place in the request.
  checkJson({ payload }, '');
  const event = frameEventOf({ frameId, type, payload, threadId });
  checkEventData('run', event.type, event.data, '/payload');
  return {
    kind: 'run',
    streamId: runId,
    type: event.type,
    data: event.data,
    eventId: deriveNamedId('frame', null, subjectOf('run', runId), frameId),
    key: frameId,
    principal,
    bound,
    expectedSeq: null,
    appendOnly: true,
    schemaVersion: null,
    time: occurredAt ?? undefined,
  };
}

/** `POST /internal/v1/runs/:run_id/frames`: an input of the run becomes an event of its history. */
export function appendFrameRoute(app: HttpServer, ingest: Ingest): void {
  const answer = async (call: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const wish = wishOf(call.headers, ingest.waitMs);
    const command = frameCommand(call);
    const held = ingest.submission.admission(command);
    if (held !== null) await held;
    const settled = await ingest.submission.submit(command, wish);
    setWriteHead(reply, 201, settled, wish);
    const members: Pick<FrameReply, 'frame_id' | 'event_type'> = {
      frame_id: command.key,
      event_type: command.type,
    };
    return settled.kind === 'decided'
      ? { ...appendBody(command, settled), ...members }
      : { ...pendingBody(command, settled), ...members };
  };
  app.post(`${API_ROOT}/runs/:run_id/frames`, answer);
}
