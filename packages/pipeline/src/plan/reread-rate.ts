import type { PlanRate } from './plan.js';

/**
 * How fast an operation reads that reads once more what planning it read: as the last one did, else as planning did, with
 * its share of the time. Null: nothing could be measured.
 * @param records What planning read, in `ms` milliseconds.
 * @param share Of the time that the operation is given, above 0 to 1.
 */
export function rereadRate(
  lastRate: number | null,
  records: number,
  ms: number,
  share: number,
): PlanRate | null {
  if (lastRate !== null) return { recordsPerSecond: lastRate, measured: 'refold' };
  if (records === 0 || ms <= 0) return null;
  return { recordsPerSecond: ((records * 1_000) / ms) * share, measured: 'scan' };
}
