import { etaOf } from './plan-rate.js';
import { totalOf } from './plan.js';
import type { Plan, PlanRate } from './plan.js';

/** How fast all plans together are carried out: each as fast as it was measured. Null: none was. */
function rateOf(plans: readonly Plan[]): PlanRate | null {
  let [records, seconds] = [0, 0];
  let known: PlanRate | null = null;
  for (const { rate, totals } of plans) {
    if (rate === null) continue;
    known = rate;
    records += totals.readRecords;
    seconds += totals.readRecords / rate.recordsPerSecond;
  }
  if (known === null || seconds === 0) return known;
  return { ...known, recordsPerSecond: records / seconds };
}

/** Plans of single partitions of one projection as one. */
export function joinedPlan(plans: readonly [Plan, ...Plan[]]): Plan {
  const partitions = plans.flatMap((plan) => plan.partitions);
  const totals = totalOf(partitions);
  const rate = rateOf(plans);
  const generation = Math.max(...plans.map((plan) => plan.generation));
  const etaSeconds = etaOf(totals.readRecords, rate);
  return { ...plans[0], generation, partitions, totals, rate, etaSeconds };
}
