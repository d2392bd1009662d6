import { describe, expect, it } from 'vitest';
import { joinedPlan } from './joined-plan.js';
import { NO_AMOUNTS } from './plan.js';
import type { PartitionPlan, Plan } from './plan.js';

/** As much of a plan of one partition as plans are joined by. */
function planOf(partition: number, readRecords: number, recordsPerSecond: number | null): Plan {
  const totals = { ...NO_AMOUNTS, readRecords };
  const rate = recordsPerSecond === null ? null : { recordsPerSecond, measured: 'scan' as const };
  const partitions = [{ ...totals, partition } as PartitionPlan];
  return { generation: 1 + partition, partitions, totals, rate } as Plan;
}

describe('plans that are joined', () => {
  it('take as long as all of them, each at its own rate', () => {
    const plan = joinedPlan([planOf(0, 1, 1), planOf(1, 900, 100), planOf(2, 0, null)]);
    expect(plan.etaSeconds).toBeCloseTo(10);
    expect(plan.rate?.recordsPerSecond).toBeCloseTo(90.1);
    expect(plan).toMatchObject({ generation: 3, totals: { readRecords: 901 } });
  });

  it('take nobody knows how long where nothing was measured, and no time where nothing is read', () => {
    expect(joinedPlan([planOf(0, 5, null)]).etaSeconds).toBeNull();
    expect(joinedPlan([planOf(0, 0, null)]).etaSeconds).toBe(0);
  });
});
