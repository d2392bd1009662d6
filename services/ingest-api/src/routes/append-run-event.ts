import {
  appendEventRequest,
  checkEventData,
  type AppendEventRequest,
  type JsonValue,
} from '@refold/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedBody,
  checkNamed,
  pathStreamId,
  standingOf,
  type Standing,
} from '@refold/serving';
import { z } from 'zod';
import type { Command } from '../command.js';
import { eventIdOf } from '../event-id.js';
import type { Ingest } from '../ingest.js';
import { keyOf, wishOf } from '../wish.js';
import { appendBody, pendingBody, setWriteHead } from '../write-reply.js';
import { answerBatch } from './append-run-batch.js';

/** Compiled to plain code, because every event passes it. */
const request = z.compile(appendEventRequest);

/** One event of a run as the claim it becomes. @throws ProblemError */
export function appendCommand(
  ingest: Ingest,
  runId: string,
  standing: Standing,
  body: unknown,
  keyIn: (bodyKey: string | undefined) => string | null,
): Command {
  const event: AppendEventRequest = checkedBody(request, body);
  const payload = (event.payload ?? null) as JsonValue;
  checkEventData('run', event.event_type, payload, '/payload', event.schema_version);
  const key = keyIn(event.idempotency_key);
  return {
    kind: 'run',
    streamId: runId,
    type: event.event_type,
    data: payload,
    eventId: eventIdOf('run', runId, standing.identity, key, ingest.newId),
    key,
    principal: standing.principal,
    bound: standing.bound,
    expectedSeq: event.expected_previous_seq ?? null,
    appendOnly: true,
    schemaVersion: event.schema_version ?? null,
  };
}

/** `POST /internal/v1/runs/:run_id/events`: one event, a JSON array of them, or NDJSON. */
export function appendRoute(app: HttpServer, ingest: Ingest): void {
  const answer = async (call: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const runId = pathStreamId('run', call.params);
    checkNamed(call.caller, 'run', runId);
    const standing = standingOf(call.caller);
    const { body, headers } = call;
    if (typeof body === 'string' || Array.isArray(body)) {
      return answerBatch(ingest, { runId, standing }, call, reply);
    }
    const wish = wishOf(headers, ingest.waitMs);
    const command = appendCommand(ingest, runId, standing, body, (key) => keyOf(headers, key));
    const held = ingest.submission.admission(command);
    if (held !== null) await held;
    const settled = await ingest.submission.submit(command, wish);
    setWriteHead(reply, 201, settled, wish);
    return settled.kind === 'decided'
      ? appendBody(command, settled)
      : pendingBody(command, settled);
  };
  app.post(`${API_ROOT}/runs/:run_id/events`, { bodyLimit: ingest.batchBytesMax }, answer);
}
