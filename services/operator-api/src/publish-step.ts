import type { Caller } from '@refold/auth';
import { ProblemError, type JsonValue } from '@refold/contracts';
import { eventIdOf, keyOf, pendingBody, setWriteHead, wishOf } from '@refold/ingest-api';
import type { Command, Settled } from '@refold/ingest-api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { foundOperation, noOperation } from './found-operation.js';
import type { Operating } from './operating.js';
import { progressOf } from './operation-progress.js';
import { withPlan } from './present-operation.js';

/** A step of an operation: what its event says. */
export interface StepEvent {
  type: string;
  data: JsonValue;
  key: string | null;
}

/** Who repeats a request is who calls; where nobody is asked, everybody is one. */
export const identityOf = (caller: Caller | null): string | null => caller?.principal ?? null;

/** The claim of a step of an operation that must be there. */
export function stepCommand(
  { ingest }: Operating,
  { caller }: FastifyRequest,
  operationId: string,
  { type, data, key }: StepEvent,
): Command {
  const principal = identityOf(caller);
  return {
    kind: 'operation',
    streamId: operationId,
    type,
    data,
    eventId: eventIdOf('operation', operationId, principal, key, ingest.newId),
    key,
    principal,
    bound: false,
    expectedSeq: null,
    appendOnly: true,
    schemaVersion: null,
  };
}

/** The key of a request whose body may have one too. @throws ProblemError */
export const keyIn = (call: FastifyRequest, bodyKey: string | undefined): string | null =>
  keyOf(call.headers, bodyKey);

/**
 * Publishes a claim on an operation and answers with the operation as it is then; with 202 where its verdict did
 * not come in time. @throws ProblemError for a refusal.
 */
export async function answerStep(
  operating: Operating,
  call: FastifyRequest,
  reply: FastifyReply,
  command: Command,
  decided: 200 | 201,
): Promise<unknown> {
  const { ingest } = operating;
  const wish = wishOf(call.headers, ingest.waitMs);
  const held = ingest.submission.admission(command);
  if (held !== null) await held;
  const settled: Settled = await ingest.submission.submit(command, wish).catch((error: unknown) => {
    const isUnknown = error instanceof ProblemError && error.code === 'not_found';
    throw isUnknown ? noOperation(command.streamId, error) : error;
  });
  if (settled.kind !== 'decided') {
    setWriteHead(reply, decided, settled, wish);
    return pendingBody(command, settled);
  }
  const found = await foundOperation(operating, command.streamId);
  const progress = await progressOf(operating, found);
  setWriteHead(reply, decided, settled, wish);
  return withPlan(found.operation, found.planned, progress);
}
