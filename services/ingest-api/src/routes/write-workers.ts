import {
  registerWorkerRequest,
  stopWorkerRequest,
  workerHeartbeatRequest,
  workerStatusRequest,
  type JsonValue,
  type WorkerSnapshot,
  type WorkerWriteReply,
} from '@refold/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedBody,
  checkFounding,
  pathStreamId,
  presentWorker,
  problemOfError,
  standingOf,
  withBoundOwner,
} from '@refold/serving';
import { z } from 'zod';
import type { Command } from '../command.js';
import { birthIdOf } from '../event-id.js';
import type { Ingest } from '../ingest.js';
import type { Decided } from '../claim-answer.js';
import { keyOf, wishOf } from '../wish.js';
import { decidedMembers, pendingBody, setWriteHead } from '../write-reply.js';
import { presentMembers } from './present-members.js';
import { workerCommand } from './worker-command.js';

const requests = {
  register: z.compile(registerWorkerRequest),
  heartbeat: z.compile(workerHeartbeatRequest),
  status: z.compile(workerStatusRequest),
  stop: z.compile(stopWorkerRequest),
};

/** Generated worker IDs begin with this, as the original's do. */
const WORKER_ID_PREFIX = 'codexw_';

/** Why a worker changed, where the caller does not say. */
const REASONS = { register: 'register', status: 'status_transition', stop: 'stop' };

function registerCommand(ingest: Ingest, call: FastifyRequest): Command {
  const body = checkedBody(requests.register, withBoundOwner(call.caller, call.body));
  const { worker_id: given, idempotency_key: bodyKey, ...members } = body;
  const key = keyOf(call.headers, bodyKey);
  checkFounding(call.caller, 'worker', given, body);
  const { identity } = standingOf(call.caller, body);
  const birthId = birthIdOf('worker', identity, key, ingest.newId);
  const workerId = given ?? `${WORKER_ID_PREFIX}${birthId}`;
  const payload = presentMembers({
    status: 'running',
    reason: REASONS.register,
    ...(members as Record<string, JsonValue>),
  });
  const command = workerCommand(ingest, workerId, {
    type: 'worker.started',
    caller: call.caller,
    payload,
    owner: body,
    key,
  });
  const eventId = given === null ? birthId : command.eventId;
  return { ...command, eventId, appendOnly: false };
}

function heartbeatCommand(ingest: Ingest, call: FastifyRequest): Command {
  const workerId = pathStreamId('worker', call.params);
  const body = checkedBody(requests.heartbeat, withBoundOwner(call.caller, call.body));
  const payload = presentMembers({ metadata_patch: body.metadata_patch as JsonValue | undefined });
  const key = keyOf(call.headers, body.idempotency_key);
  return workerCommand(ingest, workerId, {
    caller: call.caller,
    type: 'worker.heartbeat',
    payload,
    owner: body,
    key,
  });
}

function statusCommand(ingest: Ingest, call: FastifyRequest): Command {
  const workerId = pathStreamId('worker', call.params);
  const body = checkedBody(requests.status, withBoundOwner(call.caller, call.body));
  const { status } = body;
  const payload = { status, reason: body.reason ?? REASONS.status };
  const key = keyOf(call.headers, body.idempotency_key);
  return workerCommand(ingest, workerId, {
    type: `worker.${status}`,
    caller: call.caller,
    payload,
    owner: body,
    key,
  });
}

function stopCommand(ingest: Ingest, call: FastifyRequest): Command {
  const workerId = pathStreamId('worker', call.params);
  const body = checkedBody(requests.stop, withBoundOwner(call.caller, call.body));
  const payload = { status: 'stopped', reason: body.reason ?? REASONS.stop };
  const key = keyOf(call.headers, body.idempotency_key);
  return workerCommand(ingest, workerId, {
    type: 'worker.stopped',
    caller: call.caller,
    payload,
    owner: body,
    key,
  });
}

/** `POST /internal/v1/workers` and what is done to a worker: heartbeat, status, stop. */
export function writeWorkerRoutes(app: HttpServer, ingest: Ingest): void {
  /** The whole worker where it can be read at once; else what the verdict tells. */
  const workerOf = async (
    { streamId }: Command,
    { status, lastSeq }: Decided,
  ): Promise<WorkerWriteReply['worker']> => {
    const told = {
      worker_id: streamId,
      status: status as WorkerSnapshot['worker']['status'],
      latest_seq: lastSeq,
    };
    try {
      const read = await ingest.readers.worker.document('worker', streamId);
      return presentWorker(read, ingest.nowMs()) ?? { worker: told };
    } catch (error) {
      if (problemOfError(error) === null) throw error;
      return { worker: told };
    }
  };

  const body = async (command: Command, settled: Decided): Promise<WorkerWriteReply> => ({
    worker: await workerOf(command, settled),
    ...decidedMembers(command, settled),
  });

  const route = (
    path: string,
    decidedStatus: 200 | 201,
    commandOf: (ingest: Ingest, call: FastifyRequest) => Command,
  ): void => {
    const answer = async (call: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const wish = wishOf(call.headers, ingest.waitMs);
      const command = commandOf(ingest, call);
      const held = ingest.submission.admission(command);
      if (held !== null) await held;
      const settled = await ingest.submission.submit(command, wish);
      setWriteHead(reply, decidedStatus, settled, wish);
      if (settled.kind !== 'decided') return pendingBody(command, settled);
      if (decidedStatus === 201) {
        reply.header('location', `${API_ROOT}/workers/${command.streamId}`);
      }
      return body(command, settled);
    };
    app.post(`${API_ROOT}/workers${path}`, answer);
  };

  route('', 201, registerCommand);
  route('/:worker_id/heartbeat', 200, heartbeatCommand);
  route('/:worker_id/status', 200, statusCommand);
  route('/:worker_id/stop', 200, stopCommand);
}
