import { isDeepStrictEqual } from 'node:util';
import { ProblemError, type JsonValue, type OperationPlanned } from '@refold/contracts';
import { API_ROOT, problemOfError } from '@refold/serving';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Operating } from './operating.js';
import { plannedBefore, type PlannedBefore } from './planned-before.js';
import { answerStep, identityOf } from './publish-step.js';

/** A plan that is to begin an operation. */
export interface NewPlan {
  operationId: string;
  planned: OperationPlanned;
  key: string | null;
  /** Whether a plan that stands under the ID is one for the same request. */
  isSame: (before: PlannedBefore) => boolean;
}

/**
 * Publishes a plan and answers with its operation. Where the same request was sent at the same time, and its plan, which
 * is another one, came first, that one is answered with, as a repetition of it. @throws ProblemError for a refusal.
 */
export async function publishPlan(
  operating: Operating,
  call: FastifyRequest,
  reply: FastifyReply,
  { operationId, planned, key, isSame }: NewPlan,
): Promise<unknown> {
  const publish = async (plan: OperationPlanned): Promise<unknown> => {
    const command = {
      kind: 'operation',
      streamId: operationId,
      type: 'operation.planned',
      data: plan as JsonValue,
      eventId: operationId,
      key,
      principal: identityOf(call.caller),
      bound: false,
      expectedSeq: 0,
      appendOnly: false,
      schemaVersion: null,
    } as const;
    const answer = await answerStep(operating, call, reply, command, 201);
    if (reply.statusCode === 201) reply.header('location', `${API_ROOT}/operations/${operationId}`);
    return answer;
  };

  const firstOne = async (): Promise<OperationPlanned | null> => {
    const before = key === null ? null : await plannedBefore(operating, operationId);
    const isOther = before !== null && !isDeepStrictEqual(before.planned, planned);
    return isOther && isSame(before) ? before.planned : null;
  };

  const publishFirst = async (otherwise: unknown): Promise<unknown> => {
    const first = await firstOne();
    return first === null ? otherwise : publish(first);
  };

  const answer = await publish(planned).catch(async (error: unknown) => {
    const isConflict = error instanceof ProblemError && error.code === 'idempotency_conflict';
    const again = isConflict ? await publishFirst(null) : null;
    if (again === null) throw error;
    return again;
  });
  if (reply.statusCode !== 202) return answer;
  return publishFirst(answer).catch((error: unknown) => {
    // It is recorded, whatever cannot be read now, and its receipt tells the rest.
    if (problemOfError(error) === null) throw error;
    return answer;
  });
}
