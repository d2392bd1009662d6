import { join } from 'node:path';
import { Program, ROOT } from './program.js';

const COMMAND = join(ROOT, 'services', 'operator', 'bin', 'refold.js');

/** Everything the tests import. */
export const TRACES = join(ROOT, 'test', 'traces');

/** Longest import of all traces, on a machine that is busy with other things. */
const IMPORT_BOUND_MS = 240_000;

/** How many of something were new, and how many were there before. */
export interface Novelty {
  new: number;
  there: number;
  undecided: number;
}

/** What `refold import --json` prints. */
export interface ImportReport {
  complete: boolean;
  interrupted: boolean;
  runs: Novelty;
  events: Novelty;
  messages: Novelty;
  tool_calls: Novelty;
  imported: { run_id: string; source: string; failure: string | null }[];
}

/** The command line as its own process, as a person starts it. */
export const startRefold = (...args: string[]): Program =>
  new Program({ command: process.execPath, args: [COMMAND, ...args] });

/** Begins to import all traces into the server at `url`. */
export const startImport = (url: string, ...options: string[]): Program =>
  startRefold('import', TRACES, '--url', url, '--json', ...options);

/** Imports all traces and returns what the command printed. @throws Error when it did not end with 0. */
export async function importTraces(url: string): Promise<ImportReport> {
  const program = startImport(url);
  const { code } = await program.finished(IMPORT_BOUND_MS);
  if (code !== 0) throw new Error(`import ended with ${code}: ${program.err}${program.out}`);
  return JSON.parse(program.out) as ImportReport;
}
