import type { Rulebook } from '@refold/domain';
import {
  AppendRefused,
  checkCut,
  cutHindrance,
  SHARE_DEFAULT,
  truncationOf,
  type EventLog,
  type RefoldResult,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import type { PartitionStep } from './archive-runs.js';
import { operationResult } from './operation-result.js';

/** What the log is truncated with. */
export interface TruncatePorts {
  log: EventLog;
  store: ViewStore;
  timing: Pick<Timing, 'now' | 'sleep'>;
  /** The versions of rules that this process has. */
  rulebook: Rulebook;
  /** Time of day, milliseconds. */
  nowMs(): number;
  /** Whether an operation runs, and is not finished in the partition, as it is stored now. */
  isWanted(operation: string, partition: number): Promise<boolean>;
}

/** A partition that nobody asked for during this time, milliseconds, is somebody else's. */
const FORGOTTEN_MS = 60_000;

/** The step that was asked for last, and when. */
interface Asked {
  step: PartitionStep;
  at: number;
}

/** Nobody wants a truncation any more. */
class TruncationUnwanted extends Error {
  override readonly name = 'TruncationUnwanted';
}

type Outcome = RefoldResult['outcome'];

/**
 * Gives up what a plan says of one partition, if nothing needs it by now. All of that is read once more, and no more. What is
 * gone already was given up by an attempt before this one. Reads with the share of the time that the plan names.
 */
async function truncate(ports: TruncatePorts, asked: Asked): Promise<RefoldResult> {
  const { operation, projection, planned, partition } = asked.step;
  const ended = (outcome: Outcome, more: Parameters<typeof operationResult>[3] = {}) =>
    operationResult(operation, partition, outcome, more);
  const { log, store, rulebook, timing } = ports;
  const truncation = truncationOf(planned, partition);
  if (truncation === null) return ended('failed', { error: 'the plan names no offset' });
  const { to, streams, records, bytes } = truncation;
  const done = ended('done', { to, streams, records, bytes, readRecords: records });
  const { start } = await log.range(projection.topic, partition);
  if (start >= to) return done;
  const check = (): void => {
    if (asked.step.isCanceling || timing.now() - asked.at >= FORGOTTEN_MS) {
      throw new TruncationUnwanted('the truncation was canceled');
    }
  };
  const share = planned.share ?? SHARE_DEFAULT;
  let began = timing.now();
  try {
    check();
    const found = await checkCut({ log, store, rulebook }, projection, partition, {
      ...{ nowMs: ports.nowMs(), to },
      async progress() {
        check();
        await timing.sleep(((timing.now() - began) * (1 - share)) / share);
        began = timing.now();
      },
    });
    const error = cutHindrance(truncation, found);
    if (error !== null) return ended('failed', { error });
    check();
    // The partition may have another owner since, which ended the operation here.
    if (!(await ports.isWanted(operation, partition))) return ended('canceled');
    await log.truncate(projection.topic, partition, to);
    return done;
  } catch (error) {
    if (error instanceof TruncationUnwanted) return ended('canceled');
    if (error instanceof AppendRefused) return ended('failed', { error: error.message });
    throw error;
  }
}

/** A truncation that waits, runs or has ended. */
interface Job extends Asked {
  ended: { result: RefoldResult } | { error: Error } | null;
}

/**
 * Truncates the log in one partition of a plan after the other, and tells when it is done. Null: ask again. What is
 * given up is read once more before, one partition at a time, and nothing else waits for that.
 */
export function truncateLog(
  ports: TruncatePorts,
): (step: PartitionStep) => Promise<RefoldResult | null> {
  const jobs = new Map<string, Job>();
  let last: Promise<void> = Promise.resolve();

  function begin(step: PartitionStep, at: number): Job {
    const job: Job = { step, at, ended: null };
    last = last
      .then(() => truncate(ports, job))
      .then(
        (result) => {
          job.ended = { result };
        },
        (error: unknown) => {
          job.ended = { error: error instanceof Error ? error : new Error(String(error)) };
        },
      );
    return job;
  }

  return async (step) => {
    const now = ports.timing.now();
    for (const [key, { at }] of jobs) if (now - at >= FORGOTTEN_MS) jobs.delete(key);
    const key = `${step.operation}/${step.partition}`;
    const job = jobs.get(key) ?? begin(step, now);
    jobs.set(key, job);
    Object.assign(job, { step, at: now });
    if (job.ended === null) return null;
    jobs.delete(key);
    if ('error' in job.ended) throw job.ended.error;
    return job.ended.result;
  };
}
