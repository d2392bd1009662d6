import { liveGeneration } from '../generation/pointer.js';
import type { Pointer } from '../generation/pointer.js';
import type { Projection } from '../projection.js';
import { diffPartition } from './diff-partition.js';
import type { DiffPorts } from './diff-partition.js';
import type { PartitionDiff } from './generation-diff.js';

/** Which generations of which partitions are compared. */
export interface GenerationsRequest {
  partitions: readonly number[];
  /** The new one. */
  generation: number;
  /** The old one; null: the live one of each partition. */
  against: number | null;
  /** Streams, and verdicts, that are shown of all partitions together. */
  samples: number;
  signal?: AbortSignal;
}

/** Compares a generation with another one, partition by partition. @throws ViewsUnknown, StoreUnavailable */
export async function diffGenerations(
  ports: DiffPorts,
  projection: Projection,
  pointer: Pointer,
  { partitions, generation, against, samples, signal }: GenerationsRequest,
): Promise<PartitionDiff[]> {
  const diffs: PartitionDiff[] = [];
  for (const partition of partitions) {
    const shown = diffs.reduce((sum, one) => sum + one.samples.length, 0);
    const diff = await diffPartition(ports, projection, {
      partition,
      old: against ?? liveGeneration(pointer, partition),
      new: generation,
      samples: Math.max(0, samples - shown),
      ...(signal === undefined ? {} : { signal }),
    });
    diffs.push(diff);
  }
  return diffs;
}
