import { AggregateComparison } from './compare-aggregates.js';
import type { Attempt } from './attempt.js';
import { StreamComparison } from './compare-streams.js';
import { MemoryShadows } from './memory-shadows.js';
import { joinsLater } from './select-streams.js';
import { findStarts } from './shadow-starts.js';

/**
 * Folds the streams anew in memory and compares each with what is stored, where both stand at one
 * position; with all streams of the partition, its counters and indexes too.
 *
 * @param mends Counters and indexes that differ are put right.
 */
export async function compareSelected(
  attempt: Attempt,
  subjects: ReadonlySet<string>,
  mends: boolean,
): Promise<void> {
  const { task, tally, progress, ports } = attempt;
  const isWhole = joinsLater(task);
  let round = new Set(subjects);
  for (let rounds = 0; rounds === 0 || round.size > 0; rounds++) {
    const joins = isWhole && rounds === 0;
    const starts = await findStarts(attempt, round, rounds === 0);
    if (rounds === 0) {
      tally.selects(round);
      progress.streams = round.size;
    }
    const selected = round;
    const shadows = await attempt.queued(
      async (live) => new MemoryShadows(attempt, live, selected, starts, live.incarnation),
    );
    if (rounds > 0) tally.stopsCounting();
    shadows.joins = joins;
    const comparison = new StreamComparison(shadows);
    do {
      await shadows.follow();
      progress.phase = 'comparing';
      const began = ports.timing.now();
      await attempt.queued(async (live) => {
        if (await shadows.catchUp(live)) await comparison.step(live);
      });
      await attempt.pause(began);
    } while (!comparison.isDone);
    round = shadows.deferred;
    if (joins) {
      const aggregates = new AggregateComparison(shadows, comparison.compared, mends);
      const isDone = round.size === 0 && (await aggregates.run());
      tally.aggregates = isDone ? 'compared' : 'not_compared';
    }
  }
}
