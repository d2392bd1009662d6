import {
  ProblemError,
  TARGET_OF_VERB,
  type OperationPlanned,
  type PlanOperationRequest,
  type ProjectionName,
} from '@refold/contracts';
import { ViewsUnknown } from '@refold/domain';
import {
  planGenerations,
  type GenerationArguments,
  type GenerationPlan,
  type GenerationRefusal,
  type StoredGenerationPlan,
} from '@refold/pipeline';
import { measuredOperations } from './measured-operations.js';
import type { Lane, Operating } from './operating.js';
import { outdatedBy } from './outdated-words.js';
import { sentenceOf } from './refusal-words.js';

/** What plans of a verb wait for. */
export const laneOf = (verb: string): Lane =>
  isOnGenerations(verb) && verb !== 'reproject' ? 'swap' : 'log';

/** Whether a verb is about generations or rules, and not about streams. */
export const isOnGenerations = (verb: string): boolean => TARGET_OF_VERB[verb] !== undefined;

type Asked = Pick<
  PlanOperationRequest,
  'verb' | 'projection' | 'partitions' | 'arguments' | 'share'
>;

/** @throws ProblemError plan_refused */
function checkRefusals(refusals: readonly GenerationRefusal[]): void {
  if (refusals.length === 0) return;
  throw new ProblemError('plan_refused', {
    detail: sentenceOf(refusals),
    extras: { refusals: [...refusals] },
  });
}

/** @throws ArgumentRefused, ProblemError */
async function planned(
  operating: Operating,
  asked: Asked,
  measures: boolean,
  signal?: AbortSignal,
): Promise<GenerationPlan> {
  const { log, store, timing, rulebook, approval } = operating;
  const share = asked.share ?? null;
  const request = {
    verb: asked.verb,
    arguments: asked.arguments as GenerationArguments,
    partitions: asked.partitions ?? null,
    share,
    measured:
      measures && asked.verb === 'reproject' ? await measuredOperations(operating, asked) : [],
    measures,
    ...(signal === undefined ? {} : { signal }),
  };
  const projection = operating.projections[asked.projection];
  try {
    return await planGenerations({ log, store, timing, rulebook }, projection, request, approval);
  } catch (error) {
    if (!(error instanceof ViewsUnknown)) throw error;
    throw new ProblemError('plan_refused', { detail: `${error.message}.` });
  }
}

/** What is recorded of a plan on generations. @throws ProblemError plan_refused; ArgumentRefused */
export async function planOnGenerations(
  operating: Operating,
  asked: Asked,
  signal: AbortSignal,
): Promise<OperationPlanned> {
  const plan = await planned(operating, asked, true, signal);
  checkRefusals(plan.refusals);
  return plan.planned;
}

/**
 * Plans again what was planned. @throws ProblemError plan_refused for a gate that has shut since, and plan_outdated
 * where it would be about another generation, or drop one that was live since.
 */
export async function checkStillSo(operating: Operating, before: OperationPlanned): Promise<void> {
  const { verb, projection, arguments: args, plan } = before;
  const asked = {
    verb: verb as Asked['verb'],
    projection: projection as ProjectionName,
    partitions: partitionsOf(before),
    arguments: args as Asked['arguments'],
  };
  const turn = operating.inTurn('swap', () => planned(operating, asked, false));
  if (turn === null) {
    throw new ProblemError('overloaded', { detail: 'Too many plans are being made.' });
  }
  const now = await turn;
  checkRefusals(now.refusals);
  const { generations: was } = plan as unknown as StoredGenerationPlan;
  const { generations: is } = now.planned.plan;
  const [from, to] = [was?.generation ?? null, is?.generation ?? null];
  if (from !== to) throw outdated('generation_changed', from, to);
  // What was live since may be what a rollback is to bring back.
  if (was?.state !== is?.state) throw outdated('generation_was_live', was?.state, is?.state);
}

function outdated(
  code: 'generation_changed' | 'generation_was_live',
  planned: number | string | null | undefined,
  found: number | string | null | undefined,
): ProblemError {
  const change = { code, partition: null, planned: planned ?? null, found: found ?? null };
  return new ProblemError('plan_outdated', {
    detail: outdatedBy([change]),
    extras: { changes: [change] },
  });
}

/** What is about all partitions names none. */
function partitionsOf({ verb, plan }: OperationPlanned): number[] | null {
  if (verb === 'reproject' || verb === 'drop') return null;
  return plan.partitions.map(({ partition }) => partition);
}
