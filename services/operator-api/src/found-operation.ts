import { isUnbound, outsideBinding, type Caller } from '@refold/auth';
import {
  ProblemError,
  type OperationPlanned,
  type OperationReply,
  type OperationStatus,
} from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import { ID_MEMBER } from '@refold/serving';
import type { Operating } from './operating.js';
import { presentOperation } from './present-operation.js';

/** An operation that is there, with its plan. */
export interface FoundOperation {
  operation: OperationReply;
  document: OperationDocument;
  status: OperationStatus;
  planned: OperationPlanned;
  /** The key that it was planned with. */
  key: string | null;
}

/** @throws ProblemError outside_binding: operations span all owners. */
export function checkUnbound(caller: Caller | null): void {
  if (caller === null || isUnbound(caller)) return;
  throw outsideBinding(
    'installation_wide',
    'The credential is bound, and operations are about everybody.',
  );
}

/** Null: there is none. @throws CatchingUp */
export async function findOperation(
  { reads }: Operating,
  operationId: string,
): Promise<FoundOperation | null> {
  const { reader } = reads.served.operation;
  const read = await reader.timeline('operation', operationId, 0, 1);
  const operation = presentOperation(read);
  const [event] = read.events;
  if (operation === null || event === undefined) return null;
  const document = read.document?.views['operation'] as OperationDocument;
  const { idempotencyKey: key, data } = event;
  const planned = data as OperationPlanned;
  return { operation, document, status: operation.status, planned, key };
}

/** What is asked of an operation that there is not. @param refusal What the rules said of it; what it carries is kept. */
export const noOperation = (operationId: string, refusal?: ProblemError): ProblemError =>
  new ProblemError('not_found', {
    detail: `There is no operation ${operationId}: refold operations list shows those that there are.`,
    extras: { ...refusal?.occurrence.extras, [ID_MEMBER.operation]: operationId },
    cause: refusal,
  });

/** @throws ProblemError not_found */
export async function foundOperation(
  operating: Operating,
  operationId: string,
): Promise<FoundOperation> {
  const found = await findOperation(operating, operationId);
  if (found !== null) return found;
  throw noOperation(operationId);
}
