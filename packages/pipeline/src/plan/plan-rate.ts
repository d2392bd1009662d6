import type { PlanRate } from './plan.js';
import { SCANNED_COST } from './refold-eta.js';

/**
 * How fast an operation will read: as the last ones did, else as planning read. Reading to plan takes all of the time,
 * and is a part of what folding takes. Null: nothing could be measured.
 * @param records What planning read, in `ms` milliseconds.
 * @param share Of the time that the operation is given, above 0 to 1.
 */
export function rateOf(
  lastRate: number | null,
  records: number,
  ms: number,
  share: number,
): PlanRate | null {
  if (lastRate !== null) return { recordsPerSecond: lastRate, measured: 'refold' };
  if (records === 0 || ms <= 0) return null;
  const recordsPerSecond = ((records * 1000) / ms) * SCANNED_COST * share;
  return { recordsPerSecond, measured: 'scan' };
}

/** How long reading so many records takes, in seconds; null where there is no rate to tell by. */
export function etaOf(records: number, rate: PlanRate | null): number | null {
  if (records === 0) return 0;
  return rate === null ? null : records / rate.recordsPerSecond;
}
