import type { PublishOutcome, Publisher } from '@refold/pipeline';
import type { KindCounts } from '@refold/redaction';
import type { Metrics } from '@refold/service';

/** What became of the wait for a verdict; `none`: it did not come in time. */
type VerdictOutcome = 'accepted' | 'duplicate' | 'rejected' | 'parked' | 'dead_letter' | 'none';

/** Counts what goes through the door. Times are milliseconds. */
export interface IngestMeter {
  published(topic: string, outcome: PublishOutcome['kind'], ms: number): void;
  judged(outcome: VerdictOutcome, ms: number): void;
  /** Called only when something was taken out of an event. */
  redacted(counts: KindCounts): void;
}

/** Looks a labelled metric up once per set of labels; doing so at every request costs more than counting. */
function remembered<M>(find: (label: string) => M): (label: string) => M {
  const known = new Map<string, M>();
  return (label) => {
    let metric = known.get(label);
    if (metric === undefined) known.set(label, (metric = find(label)));
    return metric;
  };
}

/** Counts by one, and tells the counter before its page is written: telling it costs more. */
function tally(metrics: Metrics, counter: { inc(by: number): void }): () => void {
  let untold = 0;
  metrics.beforePage(() => {
    counter.inc(untold);
    untold = 0;
  });
  return () => {
    untold += 1;
  };
}

/** A meter over the metrics of the process. */
export function createIngestMeter(metrics: Metrics, publisher: Publisher): IngestMeter {
  const published = remembered((topic) =>
    remembered((outcome) => tally(metrics, metrics.published.labels({ topic, outcome }))),
  );
  const seconds = remembered((topic) => metrics.publishSeconds.labels({ topic }));
  const verdicts = remembered((outcome) => metrics.verdictSeconds.labels({ outcome }));
  metrics.beforePage(() => metrics.publishQueue.set(publisher.waiting));
  return {
    published(topic, outcome, ms) {
      published(topic)(outcome)();
      if (outcome === 'appended') seconds(topic).observe(ms / 1_000);
    },
    judged(outcome, ms) {
      verdicts(outcome).observe(ms / 1_000);
    },
    redacted(counts) {
      for (const [kind, count] of counts) metrics.redactions.labels({ kind }).inc(count);
    },
  };
}
