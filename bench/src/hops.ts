import { growth, taken } from './metrics-page.js';
import type { ProductState } from './product.js';

/** Where the time of a write goes, from the product's own metrics over one load. Milliseconds, means. */
export interface Hops {
  /** From the first byte of a request to the last of its reply, inside ingest. */
  httpMs: number;
  /** From queueing a record to the broker's acknowledgement. */
  publishMs: number;
  /** From the acknowledgement to the verdict in the process that waits; NaN where nobody waits. */
  verdictMs: number;
  /** One commit in Redis, as the projector sees it. */
  commitMs: number;
  recordsPerCommit: number;
  /** CPU per event, microseconds; the projector's until everything is folded. */
  ingestMicros: number;
  projectorMicros: number;
  redisMicros: number;
}

/** @param events How many events the load wrote. @throws Error when the product says it were others. */
export function hopsBetween(
  before: ProductState,
  after: ProductState,
  runsTopic: string,
  events: number,
): Hops {
  const ofRuns = ['projection="runs"'];
  const judged = growth(before.projector, after.projector, 'refold_verdicts_total', ofRuns);
  const accepted = growth(before.projector, after.projector, 'refold_verdicts_total', [
    ...ofRuns,
    'kind="accepted"',
  ]);
  if (judged !== events || accepted !== events) {
    throw new Error(`${events} events were written, ${judged} judged and ${accepted} accepted`);
  }
  const ingest = (metric: string, labels: string[] = []) =>
    taken(before.ingest, after.ingest, metric, labels);
  const http = ingest('refold_http_request_seconds', [
    'route="/internal/v1/runs/:run_id/events"',
  ]).mean;
  const publish = ingest('refold_publish_seconds', [`topic="${runsTopic}"`]).mean;
  const verdict = ingest('refold_verdict_seconds').mean;
  const commit = taken(before.projector, after.projector, 'refold_commit_seconds', ofRuns).mean;
  const batch = taken(before.projector, after.projector, 'refold_commit_records', ofRuns).mean;
  const cpu = (name: 'ingest' | 'projector'): number =>
    (growth(before[name], after[name], 'process_cpu_seconds_total') * 1e6) / events;
  return {
    httpMs: http * 1000,
    publishMs: publish * 1000,
    verdictMs: (verdict - publish) * 1000,
    commitMs: commit * 1000,
    recordsPerCommit: batch,
    ingestMicros: cpu('ingest'),
    projectorMicros: cpu('projector'),
    redisMicros: (after.redisMicros - before.redisMicros) / events,
  };
}
