import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Found } from './chooser.js';
import { reportBackend } from './backend-report.js';

const run = promisify(execFile);

/** Nothing runs between the tests; there is only a program that can be used. */
interface Tracer {
  stop: () => Promise<void>;
}

const traceNothing = ['--seccomp-bpf', '-f', '-o', '/dev/null', '-e', 'trace=fsync', 'true'];

/** `strace`, if it is here and may watch a process. */
export const findTracer = (): Promise<Found<Tracer>> =>
  run('strace', traceNothing).then(
    () => ({ start: async () => ({ stop: async () => {} }) }),
    () => ({
      missing: 'no strace: install version 5.3 or later, and allow ptrace of own processes',
    }),
  );

/** Prints that it is used. */
export async function useTracer(): Promise<Tracer> {
  const { stdout } = await run('strace', ['-V']);
  reportBackend('strace', `local, ${stdout.split('\n', 1)[0] ?? ''}`);
  return { stop: async () => {} };
}
