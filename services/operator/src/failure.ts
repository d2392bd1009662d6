import { RefoldProblem, RefoldUnreachable } from '@refold/client';
import { printable } from './terminal.js';

/** Exit codes of the command line; `waits`: what was planned is carried out once somebody else has agreed. */
export const EXIT = { ok: 0, failed: 1, usage: 2, waits: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command was called in a way it does not take; the message says what it takes. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What to do about a refusal, on a line of its own; empty where it says so itself. */
function adviceOf({ code, status, detail }: RefoldProblem): string {
  if (status === 401) return '\nGive a credential with --token-file or REFOLD_TOKEN.';
  if (code === 'invalid_reply' || code.startsWith('http_')) {
    return '\nIs this a Refold server? Check --url or REFOLD_URL.';
  }
  return code === 'not_found' && detail.startsWith('nothing is at')
    ? '\nThe server has no such route: ask the standalone server, the gateway, or the service that has it.'
    : '';
}

/** What a person reads when a command fails: what happened, and what to do. */
export function writeFailure(error: unknown): string {
  if (error instanceof RefoldUnreachable) {
    return `${error.message}\nIs it running? Start it with "npm start", or name another server with --url or REFOLD_URL.`;
  }
  if (error instanceof RefoldProblem) return `${printable(error.message)}${adviceOf(error)}`;
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  if (error instanceof UsageError) return 'wrong_arguments';
  return error instanceof RefoldUnreachable ? 'unreachable' : 'failed';
}

/** What programs read of it, with --json. */
export function failureDocument(error: unknown): Record<string, unknown> {
  if (error instanceof RefoldProblem)
    return { ...error.body, code: error.code, status: error.status };
  return { code: codeOf(error), detail: error instanceof Error ? error.message : String(error) };
}

/** The exit code that goes with a failure: arguments are wrong, whoever says so. */
export const exitCodeOf = (error: unknown): ExitCode =>
  error instanceof UsageError ||
  (error instanceof RefoldProblem && error.code === 'invalid_request')
    ? EXIT.usage
    : EXIT.failed;
