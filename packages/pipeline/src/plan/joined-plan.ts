import { undertakingOf } from './make-plan.js';
import { secondsOf } from './plan-rate.js';
import type { MeasuredOperation } from './plan-rate.js';
import { totalOf } from './plan.js';
import type { Plan } from './plan.js';

/**
 * Plans of single partitions of one projection as one.
 * @param measured What was done before with the same verb on this projection, newest first.
 * @param share Of the time that it is given; the usual one when left out.
 */
export function joinedPlan(
  plans: readonly [Plan, ...Plan[]],
  measured: readonly MeasuredOperation[],
  share?: number,
): Plan {
  const partitions = plans.flatMap((plan) => plan.partitions);
  const totals = totalOf(partitions);
  const generation = Math.max(...plans.map((plan) => plan.generation));
  const etaSeconds = secondsOf(undertakingOf(plans[0].verb, partitions, share), measured);
  return { ...plans[0], generation, partitions, totals, etaSeconds };
}
