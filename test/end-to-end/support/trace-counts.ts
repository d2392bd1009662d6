import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './program.js';
import type { ReadRun } from './run-snapshot.js';

const run = promisify(execFile);

interface RunCounts {
  messages: number;
  tool_calls: number;
}

/** Counts over the files of the traces, by an independent script. */
export interface TraceCounts {
  files: Record<string, RunCounts & { runs: number; per_run: RunCounts[] }>;
  total: RunCounts & { runs: number };
}

/** As they are kept beside the traces. */
export const keptCounts = (): TraceCounts =>
  JSON.parse(readFileSync(join(ROOT, 'test', 'trace-counts.json'), 'utf8')) as TraceCounts;

/** As the script counts them now. */
export async function freshCounts(): Promise<TraceCounts> {
  const { stdout } = await run('python3', ['test/traces/count.py', 'test/traces'], {
    cwd: ROOT,
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout) as TraceCounts;
}

const byCount = (a: RunCounts, b: RunCounts): number =>
  a.messages - b.messages || a.tool_calls - b.tool_calls;

/** The runs of each file, by its name without the folder, in an order that does not depend on the file's. */
export const runsByFile = ({ files }: TraceCounts): Record<string, RunCounts[]> =>
  Object.fromEntries(
    Object.entries(files).map(([path, { per_run: counts }]) => [
      basename(path),
      [...counts].sort(byCount),
    ]),
  );

const countsOf = ({ events }: ReadRun): RunCounts => ({
  messages: events.filter(({ event_type: type }) => type === 'run.message').length,
  tool_calls: events.filter(({ event_type: type }) => type === 'tool.call').length,
});

/** The same over runs that were imported, counted from their events. */
export function importedByFile(runs: Iterable<ReadRun>): Record<string, RunCounts[]> {
  const files: Record<string, RunCounts[]> = {};
  for (const imported of runs) {
    const { source } = imported.run.metadata as { source: string };
    (files[source] ??= []).push(countsOf(imported));
  }
  for (const counts of Object.values(files)) counts.sort(byCount);
  return files;
}
