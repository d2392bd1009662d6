import type { Rulebook } from '@refold/domain';
import {
  AppendRefused,
  checkCut,
  cutHindrance,
  notBegun,
  SHARE_DEFAULT,
  truncationOf,
  type CutAmounts,
  type EventLog,
  type Projection,
  type RefoldProgress,
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
  /** Lets whoever waits know how far it is in a partition. */
  tell(projection: Projection, partition: number, progress: RefoldProgress): Promise<void>;
}

/** How often it is told how far a truncation is, and looked for whether somebody has canceled it, milliseconds. */
const TOLD_MS = 1_000;

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

/** Leaves time to others after each read, and lets whoever waits know how far it is. @param check Throws where it is to end. */
function pauses(
  ports: TruncatePorts,
  { step: { operation, projection, planned, partition } }: Job,
  check: () => void,
): (read: CutAmounts) => Promise<void> {
  const { timing } = ports;
  const share = planned.share ?? SHARE_DEFAULT;
  const { streams = 0 } = truncationOf(planned, partition) ?? {};
  const began = timing.now();
  let [told, workedSince] = [began, began];

  async function look(read: CutAmounts): Promise<void> {
    check();
    const now = timing.now();
    if (now - told < TOLD_MS) return;
    told = now;
    const amounts = { scanned: read.records, readRecords: read.records, settled: read.streams };
    const waited = { ...notBegun(operation), elapsedMs: now - began };
    try {
      const progress = { ...waited, ...amounts, streams, phase: 'comparing' } as const;
      await ports.tell(projection, partition, progress);
    } catch {
      // What keeps the owner from saying so is told by its live folding.
    }
  }

  return async (read) => {
    let ms = ((timing.now() - workedSince) * (1 - share)) / share;
    for (; ms > TOLD_MS; ms -= TOLD_MS) {
      await look(read);
      await timing.sleep(TOLD_MS);
    }
    await look(read);
    await timing.sleep(ms);
    workedSince = timing.now();
  };
}

/**
 * Gives up what a plan says of one partition, if nothing needs it by now. All of that is read once more, and no more. What is
 * gone already was given up by an attempt before this one. Reads with the share of the time that the plan names.
 */
async function truncate(ports: TruncatePorts, job: Job): Promise<RefoldResult> {
  const { operation, projection, planned, partition } = job.step;
  const ended = (outcome: Outcome, more: Parameters<typeof operationResult>[3] = {}) =>
    operationResult(operation, partition, outcome, more);
  const { log, store, rulebook } = ports;
  const truncation = truncationOf(planned, partition);
  if (truncation === null) return ended('failed', { error: 'the plan names no offset' });
  const { to, streams, records, bytes } = truncation;
  const done = ended('done', { to, streams, records, bytes, readRecords: records });
  const startOf = async () => (await log.range(projection.topic, partition)).start;
  if ((await startOf()) >= to) return done;
  const check = (): void => {
    if (job.step.isCanceling || job.isForgotten()) {
      throw new TruncationUnwanted('the truncation was canceled');
    }
  };
  try {
    check();
    const found = await checkCut({ log, store, rulebook }, projection, partition, {
      ...{ nowMs: ports.nowMs(), to },
      progress: pauses(ports, job, check),
    });
    const error = cutHindrance(truncation, found);
    // Less is there where an owner before this one has cut meanwhile.
    if (error !== null && (await startOf()) >= to) return done;
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
