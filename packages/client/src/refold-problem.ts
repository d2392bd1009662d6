import type { JsonValue } from '@refold/contracts';

/** One member that the server refused. */
export interface ProblemFault {
  /** JSON Pointer into the body, or the name of a header or parameter. */
  field: string;
  expected: string;
}

/** A problem document as it arrived. */
export type ProblemBody = { readonly [member: string]: JsonValue };

/**
 * The server refused: a problem document (RFC 9457) as an error. `code` is stable and made for
 * programs, the message is made for people.
 */
export class RefoldProblem extends Error {
  override readonly name = 'RefoldProblem';
  /** HTTP status; for a line of a batch the status of that line. */
  readonly status: number;
  /** A code of the problem catalogue; `http_<status>` when the reply was no problem document. */
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly ProblemFault[];
  /** How long the server asks to wait before trying again; null when it asks nothing. */
  readonly retryAfterMs: number | null;
  /** Every member of the document, extensions included. */
  readonly body: ProblemBody;
  /** The keys that the write was sent with, in the order of its events: with them it may be sent again and counts once. */
  readonly keys: readonly string[];

  constructor(
    status: number,
    body: ProblemBody,
    retryAfterMs: number | null = null,
    keys: readonly string[] = [],
  ) {
    const code = textOf(body, 'code') ?? textOf(body, 'error') ?? `http_${status}`;
    const detail = textOf(body, 'detail') ?? textOf(body, 'message') ?? textOf(body, 'title') ?? '';
    const errors = faultsOf(body['errors']);
    super(messageOf(`${code} (${status})`, detail, errors));
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.retryAfterMs = retryAfterMs;
    this.body = body;
    this.keys = keys;
  }
}

function messageOf(what: string, detail: string, errors: readonly ProblemFault[]): string {
  const members = errors
    .map(({ field, expected }) => `${field}: expected ${expected}`)
    .filter((one) => !detail.includes(one))
    .join('; ');
  return [what, detail, members].filter((part) => part !== '').join(': ');
}

/** No reply: refused, reset, timed out, or no such host. `cause` has the reason. */
export class RefoldUnreachable extends Error {
  override readonly name = 'RefoldUnreachable';
  readonly url: string;
  /** As those of a {@link RefoldProblem}: what was sent may have been stored. */
  readonly keys: readonly string[];
  constructor(url: string, cause: unknown, keys: readonly string[] = []) {
    super(`no reply from ${url}: ${reasonOf(cause)}`, { cause });
    this.url = url;
    this.keys = keys;
  }
}

function textOf(body: ProblemBody, member: string): string | undefined {
  const value = body[member];
  return typeof value === 'string' ? value : undefined;
}

function faultsOf(errors: JsonValue | undefined): ProblemFault[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error) => {
    if (typeof error !== 'object' || error === null || Array.isArray(error)) return [];
    const { field, expected } = error;
    return typeof field === 'string' && typeof expected === 'string' ? [{ field, expected }] : [];
  });
}

/** `fetch` hides why it failed in the innermost cause. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.cause !== undefined) return reasonOf(cause.cause);
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return cause.message;
}
