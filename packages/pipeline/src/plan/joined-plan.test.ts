import { describe, expect, it } from 'vitest';
import { joinedPlan } from './joined-plan.js';
import type { MeasuredOperation } from './plan-rate.js';
import { NO_AMOUNTS } from './plan.js';
import type { PartitionPlan, Plan } from './plan.js';
import { NO_TRAFFIC } from './traffic.fixture.js';

/** As much of a plan of one partition as plans are joined by. */
function planOf(partition: number, readRecords: number): Plan {
  const totals = { ...NO_AMOUNTS, records: readRecords, readRecords };
  const partitions = [{ ...totals, partition, from: 0, to: 0, logStart: 0 } as PartitionPlan];
  const verb = { verb: 'streams' as const, subjects: [] };
  return { verb, generation: 1 + partition, partitions, totals } as unknown as Plan;
}

/** Two partitions, the larger one a thousand records a second. */
const MEASURED: MeasuredOperation = {
  partitions: [4_000, 10_000].map((read, partition) => ({
    partition,
    ...{ from: 0, to: 0, log_start: 0, streams: 0, records: read, read_records: read },
  })),
  isNamed: true,
  share: 0.1,
  seconds: 11,
  traffic: NO_TRAFFIC,
};

describe('plans that are joined', () => {
  it('take as long as the largest, all of them side by side', () => {
    const plan = joinedPlan([planOf(0, 1), planOf(1, 9_000), planOf(2, 0)], [MEASURED], 0.2);
    expect(plan.etaSeconds).toBeCloseTo(5.5);
    expect(plan).toMatchObject({ generation: 3, totals: { readRecords: 9_001 } });
  });

  it('take nobody knows how long where nothing was measured, and no time where nothing is read', () => {
    expect(joinedPlan([planOf(0, 500)], []).etaSeconds).toBeNull();
    expect(joinedPlan([planOf(0, 0)], []).etaSeconds).toBe(0);
  });
});
