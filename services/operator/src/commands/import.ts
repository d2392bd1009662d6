import { setTimeout as sleep } from 'node:timers/promises';
import { createRedactionPolicy, type RedactionMode } from '@refold/client';
import { EXIT, UsageError, type ExitCode } from '../failure.js';
import { importTraces, isComplete } from '../import/import-traces.js';
import { createPace, unpaced } from '../import/pace.js';
import { openProgress } from '../import/progress.js';
import { reportForPrograms, writeReport } from '../import/report.js';
import { findTraces } from '../import/trace-files.js';
import {
  clientOf,
  IMPATIENT,
  PATIENT,
  serverOf,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';

/** Options of `refold import`. */
export interface ImportCommandOptions extends GlobalOptions {
  /** Events per second; as fast as it goes when absent. */
  rate?: number;
  concurrency: number;
  /** What is taken out of the traces before they are sent. */
  redact: RedactionMode;
}

const waitFor = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal });
};

/** What is wrong with the path, in words, or nothing. */
async function assertPath(path: string): Promise<void> {
  const first = findTraces(path);
  try {
    await first.next();
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new UsageError(`${path}: ${missing ? 'no such file or folder' : String(cause)}`, {
      cause,
    });
  } finally {
    await first.return(undefined);
  }
}

/** `refold import`: sends traces as runs and returns when they are readable. */
export async function importCommand(
  path: string,
  context: CommandContext,
  options: ImportCommandOptions,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  await assertPath(path);
  await clientOf(context, options, IMPATIENT).health({ signal });

  const now = (): number => performance.now();
  const startedMs = now();
  const progress = openProgress(terminal, options.json === true);
  const report = await importTraces(findTraces(path), {
    client: clientOf(context, options, PATIENT, createRedactionPolicy({ mode: options.redact })),
    pace: options.rate === undefined ? unpaced : createPace(options.rate, now, waitFor),
    sleep: waitFor,
    signal,
    concurrency: options.concurrency,
    progress,
  }).finally(() => progress.close());

  const seconds = (now() - startedMs) / 1_000;
  const url = serverOf(context, options);
  if (options.json === true) writeJson(terminal, reportForPrograms(report, url, seconds));
  else terminal.out(writeReport(report, url, seconds));
  return isComplete(report) ? EXIT.ok : EXIT.failed;
}
