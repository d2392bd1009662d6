import { ProblemError } from '@refold/contracts';
import { CatchingUp, StoreUnavailable } from '@refold/pipeline';
import { HttpFault, type ToProblem } from '@refold/service';

/** What the server itself refuses, in codes of the catalogue. */
function problemOfHttpFault(fault: HttpFault): ProblemError {
  const occurrence = { detail: fault.message, cause: fault };
  switch (fault.kind) {
    case 'request_timeout':
    case 'headers_too_large':
      return new ProblemError('invalid_request', occurrence);
    default:
      return new ProblemError(fault.kind, occurrence);
  }
}

/** The problem behind an error; null for one that nobody foresaw. */
export function problemOfError(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpFault) return problemOfHttpFault(error);
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
    status: error instanceof HttpFault ? error.status : problem.status,
    body: requestId === '' ? body : { ...body, request_id: requestId },
    headers: { ...retryAfter, ...(error instanceof HttpFault ? error.headers : {}) },
  };
};
