import { ProblemError } from '@refold/contracts';
import type { PlanRefused } from '@refold/pipeline';

/** How a plan that cannot be carried out is told: in words, and by partition and reason. */
export const refusedPlan = ({ message: detail, partition, reason }: PlanRefused): ProblemError =>
  new ProblemError('plan_refused', { detail, extras: { refusals: [{ partition, reason }] } });
