import type { MeasuredOperation } from './plan-rate.js';
import { SETTLED_READS } from './refold-eta.js';

/** What an operation comes to that reads once more what planning it read. */
export interface Rereading {
  readRecords: number;
  /** Streams that are written besides; 0 where none are. */
  settled: number;
  /** How long planning read, milliseconds. */
  ms: number;
  /** Share of the time that the operation is given, above 0 to 1. */
  share: number;
}

const workIn = ({ readRecords, settled }: Pick<Rereading, 'readRecords' | 'settled'>): number =>
  readRecords + SETTLED_READS * settled;

/**
 * How long an operation takes that goes from one partition to the next and reads what planning it read: as fast as the
 * last one like it, else as planning did. Null: nothing was measured.
 * @param measured Operations of the same verb that are done, newest first.
 */
export function rereadSeconds(
  { ms, share, ...next }: Rereading,
  measured: readonly MeasuredOperation[],
): number | null {
  const work = workIn(next);
  if (work === 0) return 0;
  for (const { partitions, seconds, share: given } of measured) {
    const sum = (name: 'read_records' | 'streams'): number =>
      partitions.reduce((total, one) => total + one[name], 0);
    const settled = next.settled === 0 ? 0 : sum('streams');
    const done = workIn({ readRecords: sum('read_records'), settled });
    if (done > 0) return (work * seconds * given) / (done * share);
  }
  if (next.readRecords === 0 || ms <= 0) return null;
  return (ms * work) / (1_000 * next.readRecords * share);
}
