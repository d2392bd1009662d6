import { ProblemError } from '@refold/contracts';
import { CatchingUp, StoreUnavailable } from '@refold/pipeline';
import { HttpFault, type ToProblem } from '@refold/service';

/** The problem behind an error; null for one that nobody foresaw. */
export function problemOfError(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpFault) {
    return new ProblemError(error.kind, { detail: error.message, cause: error });
  }
  if (error instanceof CatchingUp) {
    return new ProblemError('catching_up', { detail: error.message, cause: error });
  }
  if (error instanceof StoreUnavailable) {
    return new ProblemError('store_unavailable', { detail: error.message, cause: error });
  }
  return null;
}

const unforeseen = (cause: unknown): ProblemError =>
  new ProblemError('internal', { detail: 'An error that nobody foresaw; see the log.', cause });

/** The problem document that answers an error, with the request's ID and how long to wait. */
export const toProblem: ToProblem = (error, requestId) => {
  const problem = problemOfError(error) ?? unforeseen(error);
  const { retryAfterSeconds } = problem;
  const retryAfter: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  const body = problem.document();
  return {
    status: problem.status,
    body: requestId === '' ? body : { ...body, request_id: requestId },
    headers: { ...retryAfter, ...(error instanceof HttpFault ? error.headers : {}) },
  };
};
