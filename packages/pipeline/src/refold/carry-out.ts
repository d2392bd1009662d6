import type { Attempt } from './attempt.js';
import { compareSelected } from './compare-selected.js';
import { evictStreams } from './evict-streams.js';
import { replaceSelected } from './replace-selected.js';
import { recordSkip } from './record-skip.js';
import { StreamSelection } from './select-streams.js';
import { cleanSlot } from './shadow-cleaner.js';

/**
 * Does what a task asks for, from the beginning: shadows of an attempt before it are given up first.
 * A repair replaces what differs, and then sums counters anew, with every document right.
 */
export async function carryOut(attempt: Attempt): Promise<void> {
  const { task, progress, tally } = attempt;
  if (task.skip !== undefined) await recordSkip(attempt, task.skip);
  await cleanSlot(attempt);
  progress.phase = 'selecting';
  if (task.effect === 'evict') return evictStreams(attempt);
  const subjects = await select(attempt);
  if (task.effect === 'replace') await replaceSelected(attempt, subjects);
  else await compareSelected(attempt, subjects, false);
  if (task.effect === 'repair') {
    const differing = new Set(tally.differing);
    const isOff = tally.aggregatesDiffer || differing.size > 0;
    tally.repeats();
    if (differing.size > 0) await replaceSelected(attempt, differing);
    if (isOff && tally.aggregates === 'compared') await compareSelected(attempt, subjects, true);
  }
  await cleanSlot(attempt);
}

async function select(attempt: Attempt): Promise<Set<string>> {
  const { owned, reader, task, ports } = attempt;
  const { start } = await reader.range();
  const selection = new StreamSelection(owned.projection, owned.partition, task, start);
  for (let at = selection.from; at < selection.to;) {
    const began = ports.timing.now();
    const { found, next, records } = await reader.read(at, selection.to);
    attempt.progress.scanned += records;
    for (const { decoded, bytes } of found) {
      if (decoded.kind === 'claim') selection.claim(decoded.claim, bytes);
    }
    if (next <= at) break;
    at = next;
    await attempt.pause(began);
    // Ends here, too, when the slot was read again or the task was canceled.
    await attempt.position();
  }
  return new Set(selection.streams.keys());
}
