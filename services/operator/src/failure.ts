import { RefoldProblem, RefoldUnreachable } from '@refold/client';

/** Exit codes of the command line; `waits`: what was planned is carried out once somebody else has agreed. */
export const EXIT = { ok: 0, failed: 1, usage: 2, waits: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command was called in a way it does not take; the message says what it takes. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** What a person reads when a command fails: what happened, and what to do. */
export function writeFailure(error: unknown): string {
  if (error instanceof RefoldUnreachable) {
    return `${error.message}\nIs it running? Start it with "npm start", or name another server with --url or REFOLD_URL.`;
  }
  if (error instanceof RefoldProblem && error.code === 'invalid_reply') {
    return `${error.message}\nIs this a Refold server? Check --url or REFOLD_URL.`;
  }
  if (codeOf(error) === 'ENOENT') return 'no such file or folder';
  return error instanceof Error ? error.message : String(error);
}

/** The exit code that goes with a failure. */
export const exitCodeOf = (error: unknown): ExitCode =>
  error instanceof UsageError ? EXIT.usage : EXIT.failed;
