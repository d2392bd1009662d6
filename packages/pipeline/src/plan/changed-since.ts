import type { Checkpoint } from '../slot/checkpoint.js';
import type { PartitionPlan, Plan } from './plan.js';
import type { Present, PresentPartition } from './present.js';

export type ChangeCode =
  | 'generation_changed'
  | 'generation_was_live'
  | 'partition_count_changed'
  | 'checkpoint_missing'
  | 'checkpoint_went_back'
  | 'views_changed'
  | 'role_changed'
  | 'log_start_moved'
  | 'log_end_went_back'
  | 'decider_changed'
  | 'checkpoint_moved_on';

/** What is no longer as it was planned. */
export interface Change {
  code: ChangeCode;
  /** Null when it is about all partitions. */
  partition: number | null;
  planned: number | string;
  found: number | string;
  /** The plan would do something else than it says: make a new one. Otherwise it is only told. */
  refuses: boolean;
}

/** As much of a plan as is compared. */
export interface Comparable extends Pick<Plan, 'generation' | 'partitionCount'> {
  partitions: readonly ComparablePartition[];
}

interface ComparablePartition extends Pick<PartitionPlan, 'partition' | 'to' | 'readFrom'> {
  /** The generation that was live there; null or left out: the newest of all partitions is compared alone. */
  live?: number | null;
  checkpoint: Pick<Checkpoint, 'views' | 'role' | 'decider'> | null;
}

/**
 * Compares a plan with the present. That a partition was folded on since is told, and no harm: the
 * plan is about records below its `to`, which are the same for ever.
 */
export function changedSince(plan: Comparable, now: Present): Change[] {
  const changes: Change[] = [];
  const note = (
    code: ChangeCode,
    partition: number | null,
    planned: number | string,
    found: number | string,
    refuses = true,
  ): void => {
    if (planned !== found) changes.push({ code, partition, planned, found, refuses });
  };
  note('generation_changed', null, plan.generation, now.generation);
  note('partition_count_changed', null, plan.partitionCount, now.partitionCount);
  const found = new Map(now.partitions.map((one) => [one.partition, one]));
  for (const planned of plan.partitions)
    comparePartition(planned, found.get(planned.partition), note);
  return changes;
}

/** A seal comes and goes with a swap, and whatever is planned begins when it is gone. */
const isLive = (role: Checkpoint['role']): boolean => role === 'live' || role === 'sealed';

function comparePartition(
  { partition, checkpoint, to, readFrom, live = null }: ComparablePartition,
  now: PresentPartition | undefined,
  note: (
    code: ChangeCode,
    partition: number,
    planned: number | string,
    found: number | string,
    refuses?: boolean,
  ) => void,
): void {
  if (now !== undefined && now.start > readFrom) {
    note('log_start_moved', partition, readFrom, now.start);
  }
  if (now !== undefined && now.end < to) note('log_end_went_back', partition, to, now.end);
  if (now !== undefined && live !== null) {
    note('generation_changed', partition, live, now.generation);
  }
  if (checkpoint === null) return;
  const current = now?.checkpoint ?? null;
  if (current === null) {
    note('checkpoint_missing', partition, to, '-');
    return;
  }
  note('views_changed', partition, checkpoint.views, current.views);
  const staysLive = isLive(checkpoint.role) && isLive(current.role);
  note('role_changed', partition, checkpoint.role, current.role, !staysLive);
  note('decider_changed', partition, checkpoint.decider, current.decider, false);
  if (current.next < to) note('checkpoint_went_back', partition, to, current.next);
  else note('checkpoint_moved_on', partition, to, current.next, false);
}
