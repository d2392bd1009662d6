import type { Rulebook } from '@refold/domain';
import {
  AppendRefused,
  holdText,
  logCutOf,
  truncationOf,
  type EventLog,
  type RefoldResult,
  type ViewStore,
} from '@refold/pipeline';
import type { PartitionStep } from './archive-runs.js';
import { operationResult } from './operation-result.js';

/** What the log is truncated with. */
export interface TruncatePorts {
  log: EventLog;
  store: ViewStore;
  /** The versions of rules that this process has. */
  rulebook: Rulebook;
  /** Time of day, milliseconds. */
  nowMs(): number;
}

type Outcome = RefoldResult['outcome'];

/**
 * Gives up what a plan says of one partition, if nothing needs it by now. What is gone already was given up by an
 * attempt before this one.
 */
async function truncate(
  ports: TruncatePorts,
  { operation, projection, planned, partition, isCanceling }: PartitionStep,
): Promise<RefoldResult> {
  const ended = (outcome: Outcome, more: Parameters<typeof operationResult>[3] = {}) =>
    operationResult(operation, partition, outcome, more);
  const { log, store, rulebook } = ports;
  const truncation = truncationOf(planned, partition);
  if (truncation === null) return ended('failed', { error: 'the plan names no offset' });
  const { to, streams, records, bytes } = truncation;
  const done = ended('done', { to, streams, records, bytes });
  const { start } = await log.range(projection.topic, partition);
  if (start >= to) return done;
  if (isCanceling) return ended('canceled');
  const now = await logCutOf({ log, store, rulebook }, projection, partition, {
    ...{ nowMs: ports.nowMs(), to },
  });
  if (now.to < to) return ended('failed', { error: `held back by ${holdText(now.heldBy)}` });
  try {
    await log.truncate(projection.topic, partition, to);
  } catch (error) {
    if (error instanceof AppendRefused) return ended('failed', { error: error.message });
    throw error;
  }
  return done;
}

/** A truncation that runs or has ended. */
type Job = { result: RefoldResult } | { error: Error } | 'running';

/**
 * Truncates the log in one partition of a plan after the other, and tells when it is done. Null: ask again. What is
 * given up is read once more before, and nothing else waits for that.
 */
export function truncateLog(
  ports: TruncatePorts,
): (step: PartitionStep) => Promise<RefoldResult | null> {
  const jobs = new Map<string, Job>();
  return async (step) => {
    const key = `${step.operation}/${step.partition}`;
    const job = jobs.get(key);
    if (job === 'running') return null;
    if (job === undefined) {
      jobs.set(key, 'running');
      void truncate(ports, step).then(
        (result) => jobs.set(key, { result }),
        (error: unknown) =>
          jobs.set(key, { error: error instanceof Error ? error : new Error(String(error)) }),
      );
      return null;
    }
    jobs.delete(key);
    if ('error' in job) throw job.error;
    return job.result;
  };
}
