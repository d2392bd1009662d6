import {
  executeOperationRequest,
  ProblemError,
  type OperationPlanned,
  type ProjectionName,
} from '@refold/contracts';
import {
  changedSince,
  checkHeldAlone,
  comparableOf,
  plannedPartitions,
  PlanRefused,
  readPresent,
} from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedBody, pathStreamId } from '@refold/serving';
import { z } from 'zod';
import { findOperation, foundOperation, type FoundOperation } from '../found-operation.js';
import { checkStillSo, isOnGenerations } from '../generation-plans.js';
import type { Operating } from '../operating.js';
import { outdatedBy } from '../outdated-words.js';
import { answerStep, keyIn, stepCommand } from '../publish-step.js';
import { refusedPlan } from '../refused-plan.js';

const request = z.compile(executeOperationRequest);

/** Verbs of which nothing can be planned beside a plan that stands. */
const ONCE: Readonly<Record<string, string>> = {
  republish: ' Cancel this one before: a letter has one at a time.',
};

/** Operations that run at once; more cannot, because each has a partition of its own. */
const ACTIVE_MAX = 200;

/**
 * @throws ProblemError plan_outdated where carrying out the plan would do something else than it says, and plan_refused
 * where the gate of a swap has shut since.
 */
async function checkUnchanged(operating: Operating, { planned }: FoundOperation): Promise<void> {
  const projection = operating.projections[planned.projection as ProjectionName];
  const { log, store } = operating;
  const now = await readPresent(log, store, projection, plannedPartitions(planned));
  const changes = changedSince(comparableOf(planned), now).filter(({ refuses }) => refuses);
  if (changes.length === 0) {
    if (isOnGenerations(planned.verb)) await checkStillSo(operating, planned);
    if (planned.verb === 'evict') await checkNoneBuilt(operating, planned);
    return;
  }
  const told = changes.map(({ code, partition, planned: was, found }) => ({
    code,
    partition,
    planned: was,
    found,
  }));
  throw new ProblemError('plan_outdated', {
    detail: `${outdatedBy(changes)}${ONCE[planned.verb] ?? ''}`,
    extras: { changes: told },
  });
}

/** @throws ProblemError plan_refused where a generation was begun since that would keep what is evicted. */
async function checkNoneBuilt(operating: Operating, planned: OperationPlanned): Promise<void> {
  const projection = operating.projections[planned.projection as ProjectionName];
  try {
    await checkHeldAlone(operating.store, projection, plannedPartitions(planned));
  } catch (error) {
    throw error instanceof PlanRefused ? refusedPlan(error) : error;
  }
}

/**
 * @throws ProblemError operation_in_progress. Two that are started at the same moment may both pass, and so may one while
 * operations are not folded up to the other: then the later one by the log is ended, and fails.
 */
async function checkAlone(
  operating: Operating,
  operationId: string,
  { planned }: FoundOperation,
): Promise<void> {
  const { reader } = operating.reads.served.operation;
  const mine = new Set(plannedPartitions(planned));
  const { entries } = await reader.list('operation', 'operations/active', undefined, ACTIVE_MAX);
  for (const { streamId } of entries) {
    if (streamId === operationId) continue;
    const other = await findOperation(operating, streamId);
    if (other?.planned.projection !== planned.projection) continue;
    const shared = plannedPartitions(other.planned).find((partition) => mine.has(partition));
    if (shared === undefined) continue;
    throw new ProblemError('operation_in_progress', {
      detail: `The operation ${streamId} runs on partition ${shared} of ${planned.projection}: wait for its end, or cancel it.`,
      extras: { running_operation_id: streamId },
    });
  }
}

/** `POST /internal/v1/operations/:operation_id/execute`: the plan is carried out as it is, or not at all. */
export function executeOperationRoute(app: HttpServer, operating: Operating): void {
  app.post(`${API_ROOT}/operations/:operation_id/execute`, async (call, reply) => {
    const operationId = pathStreamId('operation', call.params);
    const { idempotency_key: bodyKey } = checkedBody(request, call.body ?? {});
    const step = { type: 'operation.started', data: null, key: keyIn(call, bodyKey) };
    const found = await foundOperation(operating, operationId);
    // What was started already is told by the rules, or is a repetition.
    if (found.status === 'planned' || found.status === 'approved') {
      await checkUnchanged(operating, found);
      await checkAlone(operating, operationId, found);
    }
    const command = stepCommand(operating, call, operationId, step);
    return answerStep(operating, call, reply, command, 200);
  });
}
