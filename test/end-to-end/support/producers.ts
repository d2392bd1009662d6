import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { missingBackendFails, reportBackend } from '@refold/test-kit';
import { Program, ROOT } from './program.js';

const run = promisify(execFile);

/** The folder of the examples that docs/producing.md shows. */
export const PRODUCERS = join('test', 'producers');

/** Longest that a compiler or pip may take when nothing is there yet. */
const PREPARE_MS = 600_000;
const SEND_MS = 300_000;

/** The languages whose programs are made by `prepare.sh`. */
export type Language = 'java' | 'go' | 'python';

/** Where the programs of a language are, or why there are none; made on first use. */
export type Prepared = { path: string } | { missing: string };

/**
 * Prepares a language. Without its tools, or a way to fetch packages, the tests that need it are
 * skipped and counted; under continuous integration that is an error. @throws Error
 */
export async function prepareLanguage(language: Language): Promise<Prepared> {
  try {
    const script = join(ROOT, PRODUCERS, 'prepare.sh');
    const { stdout } = await run(script, [language], { timeout: PREPARE_MS });
    return { path: stdout.trim() };
  } catch (error) {
    if (missingBackendFails()) throw error;
    const missing = `${language}: ${error instanceof Error ? error.message : String(error)}`;
    reportBackend('producers', `SKIPPED ${missing.split('\n', 1)[0] ?? ''}`);
    return { missing };
  }
}

/** Runs a producer to its end. @throws Error with what it wrote, unless it ended with 0. */
export async function runProducer(command: string, ...args: string[]): Promise<string> {
  const program = new Program({ command, args });
  const { code } = await program.finished(SEND_MS);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${program.err}${program.out}`);
  return program.out.trim();
}
