import type { Committed } from '@refold/pipeline';
import type { Logger } from '@refold/service';

/** How often the summary of what was folded is written, while something is, milliseconds. */
const SUMMARY_MS = 10_000;

/** What the log says of a projection's commits. */
export interface FoldReport {
  committed(report: Committed): void;
}

interface Totals {
  commits: number;
  records: number;
  accepted: number;
  duplicate: number;
  rejected: number;
}

const NOTHING: Totals = { commits: 0, records: 0, accepted: 0, duplicate: 0, rejected: 0 };

/**
 * One line a commit at debug, a summary at most every ten seconds at info, and a warning whenever a
 * record was set aside: under load there are hundreds of commits a second.
 */
export function createFoldReport(
  projection: string,
  logger: Logger,
  nowMs: () => number,
): FoldReport {
  let totals: Totals = { ...NOTHING };
  let summedAtMs = 0;

  function summarize(report: Committed): void {
    const { counts, partition, next, end } = report;
    totals.commits += 1;
    totals.records += counts.records;
    totals.accepted += counts.accepted;
    totals.duplicate += counts.duplicate;
    totals.rejected += counts.rejected;
    if (nowMs() - summedAtMs < SUMMARY_MS) return;
    summedAtMs = nowMs();
    logger.info({ projection, ...totals, last: { partition, next, end } }, 'folded');
    totals = { ...NOTHING };
  }

  return {
    committed(report) {
      const { partition, from, next, end, counts } = report;
      if (counts.records === 0) return;
      logger.debug({ projection, partition, from, next, end, ...counts }, 'committed');
      if (counts.parked > 0 || counts.dead_letter > 0) {
        const { parked, dead_letter: deadLetters } = counts;
        const fields = { projection, partition, from, next, parked, dead_letters: deadLetters };
        logger.warn(fields, 'records were set aside');
      }
      summarize(report);
    },
  };
}
