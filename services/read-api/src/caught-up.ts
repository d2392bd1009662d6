import { ProblemError, type LogPosition } from '@refold/contracts';
import { invalidRequest } from '@refold/serving';
import type { Served } from './reads.js';

/** What a read asks of freshness, as its query schema leaves it. */
export interface Freshly {
  after?: LogPosition | undefined;
  wait?: number | undefined;
}

async function reached(
  { waits }: Served,
  partition: number,
  next: number,
  waitMs: number,
): Promise<void> {
  if (await waits.reached(partition, next, waitMs)) return;
  throw new ProblemError('catching_up', {
    detail: `Partition ${partition} is not folded up to ${next} yet.`,
    extras: { partition, wanted: next },
  });
}

/**
 * Waits until the projection shows at least the position that was presented, on one partition or on
 * all it names. @throws ProblemError catching_up when that takes longer than the caller wants to wait.
 */
export async function caughtUp(
  served: Served,
  { after, wait }: Freshly,
  partition?: number,
): Promise<void> {
  if (after === undefined) return;
  const { partitions } = served.reader.projection;
  const strangers = [...after.keys()].filter((named) => named >= partitions);
  if (strangers.length > 0) {
    const expected = `partitions below ${partitions}, as this installation has them`;
    throw invalidRequest([{ field: 'after', expected }]);
  }
  const wanted = [...after].filter(([named]) => partition === undefined || named === partition);
  await Promise.all(wanted.map(([named, next]) => reached(served, named, next, wait ?? 0)));
}
