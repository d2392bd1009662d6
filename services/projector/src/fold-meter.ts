import type { Committed, PartitionStatus } from '@refold/pipeline';
import type { Metrics } from '@refold/service';

const VERDICTS = ['accepted', 'duplicate', 'rejected', 'parked', 'dead_letter'] as const;

/** Counts what a projection folds. */
export interface FoldMeter {
  committed(report: Committed, status: readonly PartitionStatus[]): void;
}

/** A meter over the metrics of the process; partitions that went away leave no lines behind. */
export function createFoldMeter(
  projection: string,
  metrics: Metrics,
  nowMs: () => number,
): FoldMeter {
  const shown = new Set<number>();

  function forget(partition: number): void {
    shown.delete(partition);
    const labels = { projection, partition: String(partition) };
    for (const gauge of [metrics.checkpoint, metrics.lagEvents, metrics.lagSeconds]) {
      gauge.remove(labels);
    }
  }

  function showPosition({ partition, next, end, time }: Committed): void {
    shown.add(partition);
    const labels = { projection, partition: String(partition) };
    const isBehind = next < end;
    metrics.checkpoint.set(labels, next);
    metrics.lagEvents.set(labels, Math.max(0, end - next));
    metrics.lagSeconds.set(labels, isBehind && time > 0 ? Math.max(0, nowMs() - time) / 1_000 : 0);
  }

  function showOwned(status: readonly PartitionStatus[]): void {
    const owned = new Set(status.map(({ partition }) => partition));
    for (const partition of shown) if (!owned.has(partition)) forget(partition);
    metrics.partitionsOwned.set({ projection }, owned.size);
    const stopped = status.filter(({ stopped: why }) => why !== null);
    metrics.partitionsStopped.set({ projection }, stopped.length);
  }

  return {
    committed(report, status) {
      const { counts } = report;
      showPosition(report);
      showOwned(status);
      if (counts.records === 0) return;
      metrics.commits.inc({ projection, outcome: 'committed' });
      metrics.commitRecords.observe({ projection }, counts.records);
      for (const kind of VERDICTS) {
        if (counts[kind] > 0) metrics.verdicts.inc({ projection, kind, code: '' }, counts[kind]);
      }
      if (counts.dead_letter > 0) metrics.deadLetters.inc({ projection }, counts.dead_letter);
    },
  };
}
