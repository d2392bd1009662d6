import { taggedWith, type GroupOffset, type Offset } from '@refold/pipeline';
import type { PartitionLog } from './partition-log.js';

/** What the groups of this process have committed; gone with it, which is harmless. */
export interface GroupOffsets {
  commit(group: string, log: PartitionLog, next: Offset, note: string): void;
  /** By partition; null where nothing was committed. */
  of(group: string, logs: readonly PartitionLog[]): Map<number, GroupOffset | null>;
}

export function createGroupOffsets(): GroupOffsets {
  const groups = new Map<string, Map<PartitionLog, GroupOffset>>();
  return {
    commit(group, log, next, note) {
      const offsets = groups.get(group) ?? new Map<PartitionLog, GroupOffset>();
      groups.set(group, offsets.set(log, { offset: next, metadata: taggedWith(note) }));
    },
    of: (group, logs) =>
      new Map(logs.map((log) => [log.partition, groups.get(group)?.get(log) ?? null])),
  };
}
