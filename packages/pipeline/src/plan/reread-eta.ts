import type { MeasuredOperation } from './plan-rate.js';

/** What an operation comes to that reads once more what planning it read. */
export interface Rereading {
  readRecords: number;
  /** How long planning read it, milliseconds. */
  ms: number;
  /** Share of the time that the operation is given, above 0 to 1. */
  share: number;
}

/**
 * How long an operation takes that goes from one partition to the next and reads what planning it read: as fast as the
 * last one like it, else as planning did. Null: nothing was measured.
 * @param measured Operations of the same verb that are done, newest first.
 */
export function rereadSeconds(
  { readRecords, ms, share }: Rereading,
  measured: readonly MeasuredOperation[],
): number | null {
  if (readRecords === 0) return 0;
  for (const { partitions, seconds, share: given } of measured) {
    const done = partitions.reduce((sum, { read_records: read }) => sum + read, 0);
    if (done > 0) return (readRecords * seconds * given) / (done * share);
  }
  return ms <= 0 ? null : ms / (1_000 * share);
}
