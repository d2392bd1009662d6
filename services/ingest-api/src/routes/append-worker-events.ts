import {
  appendWorkerEventRequest,
  subjectOf,
  workerRequestRequest,
  type JsonValue,
  type WorkerSnapshot,
  type WorkerWriteReply,
} from '@refold/contracts';
import { deriveNamedId } from '@refold/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedBody, pathStreamId, withBoundOwner } from '@refold/serving';
import { z } from 'zod';
import type { Decided } from '../claim-answer.js';
import type { Command } from '../command.js';
import type { Ingest } from '../ingest.js';
import { checkNamedKey, keyOf, wishOf } from '../wish.js';
import { decidedMembers, pendingBody, setWriteHead } from '../write-reply.js';
import { presentMembers } from './present-members.js';
import { workerCommand } from './worker-command.js';

const requests = {
  request: z.compile(workerRequestRequest),
  event: z.compile(appendWorkerEventRequest),
};

/** Generated request IDs begin with this, as the original's do. */
const REQUEST_ID_PREFIX = 'req_';

/** A claim, and what its answer tells besides. */
interface Told {
  command: Command;
  members: { request_id?: string };
}

function eventCommand(ingest: Ingest, call: FastifyRequest): Told {
  const workerId = pathStreamId('worker', call.params);
  const body = checkedBody(requests.event, withBoundOwner(call.caller, call.body));
  const command = workerCommand(ingest, workerId, {
    type: body.event_type,
    payload: (body.payload ?? null) as JsonValue,
    caller: call.caller,
    owner: body,
    key: keyOf(call.headers, body.idempotency_key),
    base: '/payload',
  });
  const expectedSeq = body.expected_previous_seq ?? null;
  const schemaVersion = body.schema_version ?? null;
  return { command: { ...command, expectedSeq, schemaVersion }, members: {} };
}

/**
 * A request ID that the caller gives is the identity of the request; one that is made here is made of
 * the event ID, so that a retry with the same key asks for the same thing.
 */
function requestCommand(ingest: Ingest, call: FastifyRequest): Told {
  const workerId = pathStreamId('worker', call.params);
  const body = checkedBody(requests.request, withBoundOwner(call.caller, call.body));
  const { request_id: given, method } = body;
  if (given !== null) checkNamedKey(call.headers, given, '/request_id');
  const command = workerCommand(ingest, workerId, {
    type: 'worker.request.received',
    payload: presentMembers({ method, params: body.params as JsonValue | undefined }),
    caller: call.caller,
    owner: body,
    key: given ?? keyOf(call.headers, body.idempotency_key),
  });
  const eventId =
    given === null
      ? command.eventId
      : deriveNamedId('request', command.principal, subjectOf('worker', workerId), given);
  const requestId = given ?? `${REQUEST_ID_PREFIX}${eventId}`;
  const data = { request_id: requestId, ...(command.data as object) };
  return { command: { ...command, eventId, data }, members: { request_id: requestId } };
}

const workerBody = (command: Command, settled: Decided): WorkerWriteReply => ({
  worker: {
    worker: {
      worker_id: command.streamId,
      status: settled.status as WorkerSnapshot['worker']['status'],
      latest_seq: settled.lastSeq,
    },
  },
  ...decidedMembers(command, settled),
});

/**
 * `POST /internal/v1/workers/:worker_id/events`, what a worker reports, and `…/requests`, what it is
 * asked: both are events of its history. It reads the requests there and answers with an event.
 */
export function appendWorkerEventRoutes(app: HttpServer, ingest: Ingest): void {
  const route = (path: string, commandOf: (ingest: Ingest, call: FastifyRequest) => Told): void => {
    const answer = async (call: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const wish = wishOf(call.headers, ingest.waitMs);
      const { command, members } = commandOf(ingest, call);
      const held = ingest.submission.admission(command);
      if (held !== null) await held;
      const settled = await ingest.submission.submit(command, wish);
      setWriteHead(reply, 201, settled, wish);
      return settled.kind === 'decided'
        ? { ...workerBody(command, settled), ...members }
        : { ...pendingBody(command, settled), ...members };
    };
    app.post(`${API_ROOT}/workers/:worker_id/${path}`, answer);
  };
  route('events', eventCommand);
  route('requests', requestCommand);
}
