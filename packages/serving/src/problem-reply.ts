import { ProblemError } from '@refold/contracts';
import { CatchingUp, StoreUnavailable } from '@refold/pipeline';
import { HttpFault, type ToProblem } from '@refold/service';

/** The problem behind an error; null for one that nobody foresaw. */
export function problemOfError(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpFault) {
    return new ProblemError(error.kind, {
      detail: error.message,
      extras: error.extras,
      cause: error,
    });
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

/** Text within the quotes of a challenge. */
const quoted = (text: string): string => `"${text.replaceAll(/[^ !#-[\]-~]/g, '')}"`;

/** What a client must present, and what was wrong with what it did (RFC 6750, section 3). */
function challengeOf({ code, occurrence }: ProblemError): Record<string, string> {
  if (code !== 'unauthorized' && code !== 'insufficient_scope') return {};
  const { reason_code: reason, scope } = occurrence.extras ?? {};
  const realm = 'Bearer realm="refold"';
  // A request without a credential is told no error: it made none.
  if (reason === 'missing_authorization') return { 'www-authenticate': realm };
  if (code === 'unauthorized') {
    const what = quoted(occurrence.detail);
    return { 'www-authenticate': `${realm}, error="invalid_token", error_description=${what}` };
  }
  const wanted = quoted(String(scope));
  return { 'www-authenticate': `${realm}, error="insufficient_scope", scope=${wanted}` };
}

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
    headers: {
      ...retryAfter,
      ...challengeOf(problem),
      ...(error instanceof HttpFault ? error.headers : {}),
    },
  };
};
