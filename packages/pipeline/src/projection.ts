import type { StreamKind } from '@refold/contracts';
import type { Slot } from './ports/view-store.js';

/** A topic folded into read models, by its own consumer group. */
export interface Projection {
  name: string;
  topic: string;
  /** Kinds of streams this topic carries; a record of another kind is a dead letter. */
  kinds: readonly StreamKind[];
  /** Frozen: checked against the topic and against what the store was built with. */
  partitions: number;
  generation: number;
}

/** The consumer group that owns the live generation of a projection. */
export const groupOf = (projection: Projection): string => `${projection.topic}.projector`;

export const slotOf = (projection: Projection, partition: number): Slot => ({
  projection: projection.name,
  generation: projection.generation,
  partition,
});

/** The channel on which every commit of a projection says `partition:next`. */
export const wakeChannel = (projection: Projection): string => `refold:wake:${projection.topic}`;
