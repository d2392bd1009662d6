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
import { operationResult } from './operation-result.js';
import { stepMemory, type PartitionStep } from './partition-step.js';

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

/** Longest pause before it is looked whether somebody has canceled, milliseconds. */
const PAUSE_MS = 1_000;

/** A truncation that waits, runs or has ended. */
interface Job {
  /** The step that was asked for last. */
  step: PartitionStep;
  ended: { result: RefoldResult } | { error: Error } | null;
  /** Whether nobody has asked for it for long. */
  isForgotten(): boolean;
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
async function truncate(ports: TruncatePorts, job: Job): Promise<RefoldResult> {
  const { operation, projection, planned, partition } = job.step;
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
    if (job.step.isCanceling || job.isForgotten()) {
      throw new TruncationUnwanted('the truncation was canceled');
    }
  };
  const share = planned.share ?? SHARE_DEFAULT;
  let began = timing.now();
  const pause = async (): Promise<void> => {
    let ms = ((timing.now() - began) * (1 - share)) / share;
    for (; ms > PAUSE_MS; ms -= PAUSE_MS) {
      check();
      await timing.sleep(PAUSE_MS);
    }
    check();
    await timing.sleep(ms);
    began = timing.now();
  };
  try {
    check();
    const found = await checkCut({ log, store, rulebook }, projection, partition, {
      ...{ nowMs: ports.nowMs(), to },
      progress: pause,
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

/**
 * Truncates the log in one partition of a plan after the other, and tells when it is done. Null: ask again. What is
 * given up is read once more before, one partition at a time, and nothing else waits for that.
 */
export function truncateLog(
  ports: TruncatePorts,
): (step: PartitionStep) => Promise<RefoldResult | null> {
  const jobs = stepMemory<Job>(ports.timing);
  let last: Promise<void> = Promise.resolve();

  function begin(step: PartitionStep, isForgotten: () => boolean): Job {
    const job: Job = { step, ended: null, isForgotten };
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
    const job = jobs.of(step, (isForgotten) => begin(step, isForgotten));
    job.step = step;
    if (job.ended === null) return null;
    jobs.forget(step);
    if ('error' in job.ended) throw job.ended.error;
    return job.ended.result;
  };
}
