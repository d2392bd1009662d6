import {
  isArchiveVerb,
  planOperationRequest,
  ProblemError,
  type DryRunReply,
  type OperationPlanned,
  type PlanOperationRequest,
} from '@refold/contracts';
import { birthIdOf } from '@refold/ingest-api';
import {
  ArgumentRefused,
  effectOf,
  planArchive,
  planEvict,
  planTruncate,
  type ArchiveArguments,
  isKnownVerb,
  makePlan,
  operationPlanned,
  planParked,
  PlanRefused,
  type ParkedArguments,
  type Plan,
  type RefoldVerb,
  type Verb,
} from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedBody, invalidRequest } from '@refold/serving';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asksFor, isParkedVerb } from '../asked-again.js';
import { whenClientGoes } from '../client-gone.js';
import { laneOf, planOnGenerations } from '../generation-plans.js';
import { measuredOperations } from '../measured-operations.js';
import type { Operating } from '../operating.js';
import { plannedBefore, type PlannedBefore } from '../planned-before.js';
import { presentPlan } from '../present-operation.js';
import { publishPlan } from '../publish-plan.js';
import { identityOf, keyIn } from '../publish-step.js';
import { refusedPlan } from '../refused-plan.js';
import { sentenceOf } from '../refusal-words.js';
import {
  alreadyRepublished,
  letterOperation,
  letterPlanOf,
  type NamedOperation,
} from '../republishing.js';

const request = z.compile(planOperationRequest);

const PLACES: Readonly<Record<string, string>> = {
  partitions: '/partitions',
  projection: '/projection',
};

/** The planner's words for what a body asks. */
function verbOf({ arguments: { target, ...members } }: PlanOperationRequest): Verb {
  return { verb: target, ...members } as Verb;
}

/** Another plan chooses other streams. */
const sampleOf = ({ sample }: PlanOperationRequest, nowMs: number) =>
  sample == null ? undefined : { share: sample, seed: String(nowMs) };

/** For whom a plan is made: not for somebody who has gone. */
interface Asking {
  operating: Operating;
  signal: AbortSignal;
}

/** Reads the log and the store. @throws ProblemError for arguments that mean nothing, and for too many plans at once. */
async function planInTurn<T>(
  { operating, signal }: Asking,
  verb: string,
  work: () => Promise<T>,
): Promise<T> {
  const turn = operating.inTurn(laneOf(verb), work, signal);
  if (turn === null) {
    throw new ProblemError('overloaded', { detail: 'Too many plans are being made.' });
  }
  try {
    return await turn;
  } catch (error) {
    if (error instanceof PlanRefused) throw refusedPlan(error);
    if (!(error instanceof ArgumentRefused)) throw error;
    const field = PLACES[error.field] ?? `/arguments/${error.field}`;
    throw invalidRequest([{ field, expected: error.expected }]);
  }
}

const planOf = (asking: Asking, body: PlanOperationRequest & { verb: RefoldVerb }): Promise<Plan> =>
  planInTurn(asking, body.verb, async () => {
    const { operating, signal } = asking;
    const nowMs = operating.nowMs();
    const request = {
      verb: verbOf(body),
      effect: effectOf(body.verb),
      sample: sampleOf(body, nowMs),
      ...(await momentOf(operating, body, nowMs)),
    };
    return makePlan(operating, operating.projections[body.projection], request, { signal });
  });

const momentOf = async (operating: Operating, body: PlanOperationRequest, nowMs: number) => ({
  partitions: body.partitions ?? null,
  nowMs,
  ...(body.share == null ? {} : { share: body.share }),
  measured: await measuredOperations(operating, body),
});

/** The same of streams that stand parked. */
const parkedPlanOf = (asking: Asking, body: PlanOperationRequest) => {
  const { operating } = asking;
  return planInTurn(asking, body.verb, async () =>
    planParked(
      operating,
      operating.projections[body.projection],
      {
        verb: body.verb,
        arguments: body.arguments as ParkedArguments,
        approval: operating.approval,
        share: body.share ?? null,
      },
      await momentOf(operating, body, operating.nowMs()),
    ),
  );
};

/** The same of runs that are over, and of what the log and the store keep of them. */
const archivePlanOf = (asking: Asking, body: PlanOperationRequest) =>
  planInTurn(asking, body.verb, async () => {
    const { operating } = asking;
    const projection = operating.projections[body.projection];
    const { approval } = operating;
    if (body.verb === 'archive') {
      const partitions = body.partitions ?? null;
      const args = body.arguments as ArchiveArguments;
      return planArchive(operating, projection, { approval, partitions, arguments: args });
    }
    const moment = await momentOf(operating, body, operating.nowMs());
    const asked = { ...moment, approval, share: body.share ?? null, signal: asking.signal };
    if (body.verb === 'evict') return planEvict(operating, projection, asked);
    return planTruncate(operating, projection, asked);
  });

/** @throws ProblemError plan_refused where some partition cannot be carried out. */
function checkCarriedOut(plan: Plan): void {
  const refusals = plan.partitions.flatMap(({ partition, refusal }) =>
    refusal === null || refusal.reason === 'nothing_folded' ? [] : [{ partition, ...refusal }],
  );
  if (refusals.length === 0) return;
  const skips = refusals.reduce((sum, one) => sum + ('skips' in one ? one.skips : 0), 0);
  const detail =
    skips > 0
      ? `The target lies ahead of what is folded: it would skip ${skips} events. Choose an earlier one.`
      : sentenceOf(refusals);
  throw new ProblemError('plan_refused', { detail, extras: { refusals } });
}

/** `POST /internal/v1/operations`: what would be done, and nothing is. */
export function planOperationRoute(app: HttpServer, operating: Operating): void {
  const { ingest, approval } = operating;

  const freshly = async (
    body: PlanOperationRequest,
    reply: FastifyReply,
  ): Promise<OperationPlanned> => {
    const asking = { operating, signal: whenClientGoes(reply) };
    if (body.verb === 'republish') {
      return planInTurn(asking, body.verb, () => letterPlanOf(operating, body));
    }
    if (isArchiveVerb(body.verb)) return archivePlanOf(asking, body);
    if (isParkedVerb(body.verb)) {
      const { plan, planned } = await parkedPlanOf(asking, body);
      checkCarriedOut(plan);
      return planned;
    }
    const { verb } = body;
    if (!isKnownVerb(verb)) {
      return planInTurn(asking, verb, () => planOnGenerations(operating, body, asking.signal));
    }
    const plan = await planOf(asking, { ...body, verb });
    checkCarriedOut(plan);
    return operationPlanned(verb, plan, { approval, share: body.share ?? null });
  };

  const operationOf = async (
    body: PlanOperationRequest,
    principal: string | null,
    key: string | null,
  ): Promise<NamedOperation> => {
    if (body.verb === 'republish') return letterOperation(operating, body);
    const operationId = birthIdOf('operation', principal, key, ingest.newId);
    const known = key === null ? null : await plannedBefore(operating, operationId);
    return { operationId, known };
  };

  const planned = async (call: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const body = checkedBody(request, call.body);
    const key = keyIn(call, body.idempotency_key);
    const principal = identityOf(call.caller);
    if (body.dry_run === true) {
      const dry: DryRunReply = { plan: presentPlan(await freshly(body, reply)) };
      return reply.code(200).send(dry);
    }
    const { operationId, known } = await operationOf(body, principal, key);
    const isLetter = body.verb === 'republish';
    // The operation of a letter is named by the letter, whoever asks: a repetition has its key.
    const isSame = (before: PlannedBefore): boolean =>
      isLetter ? key !== null && key === before.key : asksFor(body, before.planned);
    const isAgain = known !== null && isSame(known);
    if (isLetter && known !== null && !isAgain) throw alreadyRepublished(operationId, known);
    const data = isAgain ? known.planned : await freshly(body, reply);
    return publishPlan(operating, call, reply, { operationId, planned: data, key, isSame });
  };
  app.post(`${API_ROOT}/operations`, planned);
}
