import type { Offset } from '../ports/event-log.js';
import { noteIn } from '../ports/group-offset.js';
import type { GroupOffset } from '../ports/group-offset.js';

/** A reset that was noticed in a group, and is not carried out yet. */
export interface PendingReset {
  /** The ID of the operation that it becomes. */
  operation: string;
  partition: number;
  /** The offset that was put into the group. */
  target: Offset;
  /** The checkpoint's next offset when it was noticed. */
  checkpoint: Offset;
}

const NOTE = /^pending ([A-Za-z0-9._:-]{1,128}) (\d{1,16}) (\d{1,16})$/;

/** What is kept of it in the group, behind our tag, until it is carried out. */
export const noteOf = ({ operation, target, checkpoint }: PendingReset): string =>
  `pending ${operation} ${target} ${checkpoint}`;

/** The reset that somebody noticed before, as the group keeps it; null: there is none. */
export function pendingIn(partition: number, committed: GroupOffset): PendingReset | null {
  const [, operation, target, checkpoint] = NOTE.exec(noteIn(committed)) ?? [];
  if (operation === undefined) return null;
  return { operation, partition, target: Number(target), checkpoint: Number(checkpoint) };
}
