import {
  operationPlannedSchema,
  partitionOf,
  ProblemError,
  subjectOf,
  type OperationPlanned,
} from '@refold/contracts';
import { LogUnavailable, unfoldedClaims } from '@refold/pipeline';
import { findOperation, type FoundOperation } from './found-operation.js';
import type { Operating } from './operating.js';

/** What was planned under an ID, with which key, and how far that is. */
export type PlannedBefore = Pick<FoundOperation, 'planned' | 'key' | 'status'>;

/**
 * What was planned under an ID before, folded or not: who repeats a request may come before its operation is folded.
 * Null: nothing was. @throws CatchingUp; ProblemError log_unavailable, also where the log is too far ahead to be looked through
 */
export async function plannedBefore(
  operating: Operating,
  operationId: string,
): Promise<PlannedBefore | null> {
  const { reader } = operating.reads.served.operation;
  const { projection } = reader;
  // Read first: what is folded behind it meanwhile is found.
  const { position } = await reader.document('operation', operationId);
  const found = await findOperation(operating, operationId);
  if (found !== null) return found;
  const subject = subjectOf('operation', operationId);
  const partition = partitionOf(operationId, projection.partitions);
  try {
    const { claims, isWhole } = await unfoldedClaims(operating.log, projection, partition, {
      from: position.next,
      isWanted: ({ id, type, subject: told, data }) =>
        told === subject &&
        id === operationId &&
        type === 'operation.planned' &&
        operationPlannedSchema.safeParse(data).success,
    });
    const [first] = claims;
    if (first !== undefined) {
      const { data, idempotencyKey: key } = first;
      return { planned: data as OperationPlanned, key, status: 'planned' };
    }
    if (isWhole) return null;
  } catch (error) {
    if (!(error instanceof LogUnavailable)) throw error;
    throw new ProblemError('log_unavailable', { detail: error.message, cause: error });
  }
  throw new ProblemError('log_unavailable', {
    detail: `${projection.topic}/${partition} is far ahead of what is folded: whether this was planned before is not known yet. Try again.`,
  });
}
