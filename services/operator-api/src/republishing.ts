import { ProblemError, type OperationPlanned, type PlanOperationRequest } from '@refold/contracts';
import { planRepublish, type LetterArguments } from '@refold/pipeline';
import { findOperation } from './found-operation.js';
import type { Operating } from './operating.js';
import { plannedBefore, type PlannedBefore } from './planned-before.js';

/** Tries at one letter that may have come to nothing, before another one is refused. */
const TRIES_MAX = 100;

/** How an operation ends without having published its letter. */
const UNDONE: ReadonlySet<string> = new Set(['failed', 'canceled']);

/** The operation that is asked for, and what is planned under its name; null: nothing. */
export interface NamedOperation {
  operationId: string;
  known: PlannedBefore | null;
}

/**
 * The operation of a letter is named by it, so the log takes one alone, whoever asks at the same time; a
 * next one is named only after the one before came to nothing.
 */
export async function letterOperation(
  operating: Operating,
  { projection, arguments: args }: PlanOperationRequest,
): Promise<NamedOperation> {
  const { partition, offset } = args as LetterArguments;
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const operationId = `letter.${projection}.${partition}.${offset}.${attempt}`;
    const found = await findOperation(operating, operationId);
    if (found === null) return { operationId, known: await plannedBefore(operating, operationId) };
    if (!UNDONE.has(found.status)) return { operationId, known: found };
  }
  throw new ProblemError('plan_refused', {
    detail: `The letter was tried ${TRIES_MAX} times.`,
    extras: { refusals: [{ partition, reason: 'tried_too_often' }] },
  });
}

/** How an operation stands that nobody has started. */
const UNSTARTED: ReadonlySet<string> = new Set(['planned', 'approved']);

export const alreadyRepublished = (operationId: string, { status }: PlannedBefore): ProblemError =>
  new ProblemError('already_republished', {
    detail: UNSTARTED.has(status)
      ? `The operation ${operationId} is planned to publish the letter again: execute it, or cancel it before another one is planned.`
      : `The operation ${operationId} publishes the letter again.`,
    extras: { operation_id: operationId },
  });

/** What publishing a letter again would do. @throws PlanRefused */
export const letterPlanOf = (
  operating: Operating,
  { projection, arguments: args }: PlanOperationRequest,
): Promise<OperationPlanned> =>
  planRepublish(
    operating,
    Object.values(operating.projections),
    operating.projections[projection],
    {
      arguments: args as LetterArguments,
      approval: operating.approval,
    },
  );
