import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Edit } from './planted-bug.js';

/** What a run over changed sources found: the red seed and what was wrong, or null. */
export interface PlantedResult {
  red: number | null;
  findings: string[];
  /** How many seeds were run, and for how long. */
  ran: number;
  ms: number;
}

const PROGRAM = fileURLToPath(new URL('planted-run.mjs', import.meta.url));

/** A bug may keep the scheduler busy for ever; then the child is ended, which counts as red. */
const STUCK_MS = 240_000;

/** Runs the seeds in this order in a process of their own, until one turns red. */
export function runPlanted(
  edits: readonly Edit[],
  seeds: readonly number[],
): Promise<PlantedResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ edits, seeds })]);
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), STUCK_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(JSON.parse(Buffer.concat(output).toString()) as PlantedResult);
      else reject(new Error(`exit ${code ?? 'by signal'}: ${Buffer.concat(errors).toString()}`));
    });
  });
}

/** Runs all jobs, at most `most` at a time, in order. */
export async function runAll<J, R>(
  jobs: readonly J[],
  most: number,
  run: (job: J) => Promise<R>,
): Promise<Map<J, R | Error>> {
  const results = new Map<J, R | Error>();
  const waiting = [...jobs];
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const failed = (error: unknown) =>
        error instanceof Error ? error : new Error(String(error));
      results.set(job, await run(job).catch(failed));
    }
  };
  await Promise.all(Array.from({ length: most }, work));
  return results;
}
