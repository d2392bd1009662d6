import type { DifferenceReply, DriftKind, OperationPartitionFinished } from '@refold/contracts';
import type { Operating } from './operating.js';

/** Events read at once: each may list differences of some 64 KiB. */
const EVENTS_AT_ONCE = 20;

/** Most differences that a reply lists. */
const LISTED_MAX = 1_000;

/** What the partitions of an operation have found. */
export interface FoundDifferences {
  differences: DifferenceReply[];
  /** How many there are besides those. */
  differences_left_out: number;
  drift: Partial<Record<DriftKind, number>>;
}

/** Reads what stands in the timeline of an operation, in the order of its events. @throws CatchingUp */
export async function differencesOf(
  { reads }: Operating,
  operationId: string,
): Promise<FoundDifferences> {
  const { reader } = reads.served.operation;
  const differences: DifferenceReply[] = [];
  const drift: FoundDifferences['drift'] = {};
  for (let seq = 0; ;) {
    const { events } = await reader.timeline('operation', operationId, seq, EVENTS_AT_ONCE);
    for (const { type, data } of events) {
      if (type !== 'operation.partition_finished') continue;
      const found = data as OperationPartitionFinished;
      const { partition } = found;
      const listed = (found.differences ?? []) as Omit<DifferenceReply, 'partition'>[];
      const room = LISTED_MAX - differences.length;
      differences.push(...listed.slice(0, room).map((one) => ({ partition, ...one })));
      for (const [kind, count] of Object.entries(found.drift ?? {})) {
        drift[kind as DriftKind] = (drift[kind as DriftKind] ?? 0) + count;
      }
    }
    seq = events.at(-1)?.seq ?? seq;
    if (events.length < EVENTS_AT_ONCE) {
      const found = Object.values(drift).reduce((sum, count) => sum + count, 0);
      return { differences, differences_left_out: found - differences.length, drift };
    }
  }
}
