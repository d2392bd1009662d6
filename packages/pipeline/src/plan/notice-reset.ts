import type { Offset } from '../ports/event-log.js';
import { isTagged } from '../ports/group-offset.js';
import type { GroupOffset } from '../ports/group-offset.js';

/** What the offset that a group has committed for a partition asks of us. */
export type NoticedReset =
  | { kind: 'none' }
  /** An operator reset the stopped group: the partition is to be taken back to `target`. */
  | { kind: 'reset'; target: Offset }
  /** A reset ahead of what is folded: refused, for it would skip so many offsets. */
  | { kind: 'forward'; target: Offset; skips: number };

/**
 * Tells an operator's reset from everything else that may stand in a group. Only an offset from 0 on
 * that does not carry our tag was put there on purpose: a negative one is absent, expired, deleted, or
 * what client libraries commit by themselves. A slot without a checkpoint has nothing to take back.
 */
export function noticeReset(
  committed: GroupOffset | null,
  checkpoint: { next: Offset } | null,
): NoticedReset {
  if (committed === null || checkpoint === null) return { kind: 'none' };
  const { offset: target } = committed;
  if (target < 0 || isTagged(committed) || target === checkpoint.next) return { kind: 'none' };
  if (target < checkpoint.next) return { kind: 'reset', target };
  return { kind: 'forward', target, skips: target - checkpoint.next };
}
