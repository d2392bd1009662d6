import { partitionOf } from '@refold/contracts';
import { slotOf, slotTag } from '@refold/pipeline';
import type { Projection } from '@refold/pipeline';

/** One partition of one projection. */
export interface Place {
  projection: Projection;
  partition: number;
}

export const tagOf = ({ projection, partition }: Place): string =>
  slotTag(slotOf(projection, partition));

/** A stream ID whose home is this partition. */
export function localId({ projection, partition }: Place): string {
  for (let n = 0; ; n++) {
    const id = `local-${n}`;
    if (partitionOf(id, projection.partitions) === partition) return id;
  }
}
