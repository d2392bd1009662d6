import type { Committed, EventLog } from '@refold/pipeline';
import type { Logger } from '@refold/service';

/** What the log says of a projection's batches. */
export interface FoldReport {
  /** A commit: one of several, when its batch is large. */
  committed(report: Committed): void;
  /** The same log, whose consumers' batches are reported once they were handled, also when in vain. */
  watched(log: Pick<EventLog, 'subscribe'>): Pick<EventLog, 'subscribe'>;
}

type Folded = Pick<Committed, 'from' | 'next' | 'end' | 'counts'> & { commits: number };

function added(sum: Folded | undefined, { from, next, end, counts }: Committed): Folded {
  if (sum === undefined) return { from, next, end, commits: 1, counts };
  const total = { ...sum.counts };
  for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
  return { from: sum.from, next, end, commits: sum.commits + 1, counts: total };
}

/**
 * One line for every batch that had records, never one for a record: at info, and as a warning where
 * records were set aside.
 */
export function createFoldReport(projection: string, logger: Logger): FoldReport {
  /** Partition → what was committed of the batch under way. */
  const folded = new Map<number, Folded>();

  function handled(partition: number): void {
    const sum = folded.get(partition);
    folded.delete(partition);
    if (sum === undefined) return;
    const { counts, ...position } = sum;
    const fields = { projection, partition, ...position, ...counts };
    if (counts.parked > 0 || counts.dead_letter > 0) {
      logger.warn(fields, 'folded, and records were set aside');
    } else {
      logger.info(fields, 'folded');
    }
  }

  return {
    committed(report) {
      const { partition, counts } = report;
      if (counts.records > 0) folded.set(partition, added(folded.get(partition), report));
    },
    watched: (log) => ({
      subscribe: (group, topics, consumer) =>
        log.subscribe(group, topics, {
          assigned: (topic, partition) => consumer.assigned(topic, partition),
          async batch(batch) {
            try {
              return await consumer.batch(batch);
            } finally {
              handled(batch.partition);
            }
          },
          revoked: (topic, partition) => consumer.revoked(topic, partition),
          stopped: (topic, partition, error) => consumer.stopped(topic, partition, error),
          gatherMs: () => consumer.gatherMs(),
        }),
    }),
  };
}
