import type { Caller } from '@refold/auth';
import {
  checkEventData,
  createRunRequest,
  type CreateRunRequest,
  type JsonValue,
} from '@refold/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedBody,
  checkFounding,
  presentRun,
  problemOfError,
  standingOf,
  withBoundOwner,
} from '@refold/serving';
import { z } from 'zod';
import type { Command } from '../command.js';
import { birthIdOf, eventIdOf } from '../event-id.js';
import type { Ingest } from '../ingest.js';
import { keyOf, wishOf } from '../wish.js';
import { appendBody, pendingBody, setWriteHead } from '../write-reply.js';
import { presentMembers } from './present-members.js';

const request = z.compile(createRunRequest);

/** What a run that begins here says of its origin. */
const ORIGIN = 'runtime';

function createCommand(
  ingest: Ingest,
  caller: Caller | null,
  body: CreateRunRequest,
  key: string | null,
): Command {
  const given = body.run_id ?? null;
  checkFounding(caller, 'run', given, body);
  const { principal, bound, identity } = standingOf(caller, body);
  const birthId = given ?? birthIdOf('run', identity, key, ingest.newId);
  const payload = presentMembers({
    source: ORIGIN,
    worker_id: body.worker_id,
    thread_id: body.thread_id,
    metadata: body.metadata as JsonValue | undefined,
    owner_user_id: body.owner_user_id,
    owner_guest_scope: body.owner_guest_scope,
    tenant: body.tenant,
    title: body.title,
    labels: body.labels,
  });
  checkEventData('run', 'run.started', payload, '');
  return {
    kind: 'run',
    streamId: birthId,
    type: 'run.started',
    data: payload,
    eventId: given === null ? birthId : eventIdOf('run', given, identity, key, ingest.newId),
    key,
    principal,
    bound,
    expectedSeq: 0,
    appendOnly: false,
    schemaVersion: null,
  };
}

/** `POST /internal/v1/runs`: publishes `run.started`, which is event 1 or nothing. */
export function createRunRoute(app: HttpServer, ingest: Ingest): void {
  /** The whole run where it can be read at once; else what the verdict tells. */
  const created = async (runId: string): Promise<object | null> => {
    try {
      return presentRun(await ingest.readers.run.document('run', runId));
    } catch (error) {
      if (problemOfError(error) === null) throw error;
      return null;
    }
  };

  const answer = async (call: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const body = checkedBody(request, withBoundOwner(call.caller, call.body));
    const wish = wishOf(call.headers, ingest.waitMs);
    const command = createCommand(
      ingest,
      call.caller,
      body,
      keyOf(call.headers, body.idempotency_key),
    );
    const held = ingest.submission.admission(command);
    if (held !== null) await held;
    const settled = await ingest.submission.submit(command, wish);
    setWriteHead(reply, 201, settled, wish);
    if (settled.kind !== 'decided') return pendingBody(command, settled);
    const decided = appendBody(command, settled);
    const run = (await created(command.streamId)) ?? decided.run;
    reply.header('location', `${API_ROOT}/runs/${command.streamId}`);
    return { ...decided, run };
  };
  app.post(`${API_ROOT}/runs`, answer);
}
