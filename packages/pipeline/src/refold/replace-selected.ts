import { noWrites } from '../ports/view-store.js';
import * as names from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { encodeRefolds } from '../slot/slot-refolds.js';
import type { Attempt } from './attempt.js';
import { replaceStreams } from './replace-streams.js';
import { discardShadows } from './shadow-cleaner.js';
import { findStarts } from './shadow-starts.js';
import { WrittenShadows } from './written-shadows.js';

/** Streams that one commit marks as being rebuilt. */
const MARKED_MAX = 1_000;

/** Hands out an incarnation for shadows, and one above it for streams that begin meanwhile. */
function handOut(live: SlotCache): number {
  const shadows = live.incarnation + 1;
  live.incarnation = shadows + 1;
  live.refolds = { ...live.refolds, incarnation: live.incarnation };
  return shadows;
}

/** Readers are told that these streams are being folded anew. Returns the incarnation of their shadows. */
async function mark(attempt: Attempt, subjects: readonly string[]): Promise<number> {
  let incarnation = 0;
  for (let at = 0; at === 0 || at < subjects.length; at += MARKED_MAX) {
    await attempt.queued(async (live) => {
      if (at === 0) incarnation = handOut(live);
      const writes = noWrites();
      writes.set.push([names.REFOLD_STATE, encodeRefolds(live.refolds)]);
      for (const subject of subjects.slice(at, at + MARKED_MAX)) {
        writes.putField.push([names.REBUILDING, subject, String(incarnation)]);
      }
      await attempt.owned.commit(live, { writes });
    });
  }
  return incarnation;
}

/**
 * Folds the streams anew beside live folding and replaces each when its shadow stands where live folding
 * stands. Live folding goes on all the time; a replaced stream is its again at once.
 */
export async function replaceSelected(attempt: Attempt, subjects: Set<string>): Promise<void> {
  const { tally, progress, ports } = attempt;
  const starts = await findStarts(attempt, subjects);
  progress.streams = subjects.size;
  tally.selects(subjects);
  if (subjects.size === 0) return;
  const incarnation = await mark(attempt, [...subjects]);
  const shadows = await attempt.queued(
    async (live) => new WrittenShadows(attempt, live, subjects, starts, incarnation),
  );
  progress.phase = 'folding';
  while (shadows.selected.size > 0) {
    await shadows.follow();
    const began = ports.timing.now();
    await attempt.queued(async (live) => {
      if (!(await shadows.catchUp(live))) return;
      progress.phase = 'replacing';
      const replaced = await replaceStreams(shadows, live);
      tally.replaced += replaced.length;
      progress.settled += replaced.length;
    });
    await attempt.pause(began);
  }
  await discardShadows(attempt, shadows.leftOver);
}
