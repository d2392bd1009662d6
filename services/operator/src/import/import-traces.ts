import { sendTrace, type Sending } from './send-trace.js';
import { addTally, emptyTally, type Tally, type TraceResult } from './tally.js';
import type { Found, FoundTrace, Skipped } from './trace-files.js';

/** What an import did. */
export interface ImportReport {
  tally: Tally;
  runs: TraceResult[];
  /** Runs whose content stood in an earlier file of the same import. */
  repeated: { run_id: string; source: string; same_as: string }[];
  skipped: Omit<Skipped, 'kind'>[];
  interrupted: boolean;
}

/** Who is told how an import goes. */
export interface Progress {
  /** A trace was found: so many more events will be sent. */
  found(events: number): void;
  sent(events: number): void;
  done(result: TraceResult): void;
}

/** How an import goes about it. */
export interface ImportOptions extends Omit<Sending, 'sent'> {
  /** Runs that are sent side by side; the events of one run are always sent in order. */
  concurrency: number;
  progress: Progress;
}

/** Sends every trace found, some side by side, each run once however many files hold it. */
export async function importTraces(
  found: AsyncIterator<Found>,
  { concurrency, progress, ...sending }: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = {
    tally: emptyTally(),
    runs: [],
    repeated: [],
    skipped: [],
    interrupted: false,
  };
  const firstSource = new Map<string, string>();

  async function sendOne({ file, trace }: FoundTrace): Promise<void> {
    const first = firstSource.get(trace.runId);
    if (first !== undefined) {
      report.repeated.push({ run_id: trace.runId, source: file, same_as: first });
      return;
    }
    firstSource.set(trace.runId, file);
    progress.found(trace.events.length + 1);
    const result = await sendTrace(trace, file, {
      ...sending,
      sent: (events) => progress.sent(events),
    });
    addTally(report.tally, result.tally);
    report.runs.push(result);
    progress.done(result);
  }

  async function work(): Promise<void> {
    while (!sending.signal.aborted) {
      const next = await found.next();
      if (next.done === true) return;
      if (next.value.kind === 'trace') await sendOne(next.value);
      else {
        const { file, why, meant } = next.value;
        report.skipped.push({ file, why, meant });
      }
    }
  }

  const workers = Array.from({ length: concurrency }, work);
  const ended = await Promise.allSettled(workers);
  const failed = ended.find((end) => end.status === 'rejected');
  report.interrupted = sending.signal.aborted;
  if (failed !== undefined && !report.interrupted) throw failed.reason;
  return report;
}

/** True when everything that was meant to be imported is there. */
export const isComplete = (report: ImportReport): boolean =>
  !report.interrupted &&
  report.runs.length > 0 &&
  report.runs.every(({ failure }) => failure === null) &&
  !report.skipped.some(({ meant }) => meant);
