/** One kind of problem, as every surface shows it. */
export interface ProblemDefinition {
  /** HTTP status. */
  status: number;
  /** The flat code that clients of the original contract branch on. */
  error: string;
  title: string;
  /** What the caller does about it. */
  help: string;
  /** Seconds after which a retry makes sense, where one does. */
  retryAfterSeconds?: number;
}

/** THE catalogue of problems: nothing is answered with a code that is not here or in docs/errors.md. */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    error: 'invalid_request',
    title: 'The request is not as expected',
    help: 'Correct the members listed in errors and send the request again.',
  },
  invalid_json: {
    status: 400,
    error: 'invalid_request',
    title: 'The body is not JSON',
    help: 'Send one JSON document in UTF-8.',
  },
  invalid_data: {
    status: 400,
    error: 'invalid_request',
    title: 'The payload does not fit its event type',
    help: 'Correct the member listed in errors, or use an event type of your own.',
  },
  receipt_invalid: {
    status: 400,
    error: 'invalid_request',
    title: 'The receipt cannot be read',
    help: 'Send the receipt exactly as it was returned.',
  },
  unauthorized: {
    status: 401,
    error: 'unauthorized',
    title: 'The request carries no valid credential',
    help: 'Send a valid token or API key in the header Authorization; reason_code says what was wrong with this one.',
  },
  insufficient_scope: {
    status: 403,
    error: 'forbidden',
    title: 'The credential lacks the scope that the route needs',
    help: 'Use a credential with the scope named in scope.',
  },
  outside_binding: {
    status: 403,
    error: 'forbidden',
    title: 'The credential is bound to something else',
    help: 'Ask for what the credential is bound to, or use another one; reason_code says which binding is meant.',
  },
  forbidden: {
    status: 403,
    error: 'forbidden',
    title: 'The stream belongs to somebody else',
    help: 'Use the owner or the principal that the stream was created with.',
  },
  not_found: {
    status: 404,
    error: 'not_found',
    title: 'There is no such thing',
    help: 'Check the ID. A stream is created by its first event; a refused idempotency key stays refused for 24 hours.',
  },
  method_not_allowed: {
    status: 405,
    error: 'method_not_allowed',
    title: 'The path does not take this method',
    help: 'Use one of the methods in the Allow header.',
  },
  request_timeout: {
    status: 408,
    error: 'request_timeout',
    title: 'The request did not arrive in time',
    help: 'Send the whole request at once, and again.',
  },
  sequence_conflict: {
    status: 409,
    error: 'conflict',
    title: 'The stream has moved on',
    help: 'Read the stream, decide again, and send actual_seq as expected_previous_seq with a new idempotency key.',
  },
  idempotency_conflict: {
    status: 409,
    error: 'conflict',
    title: 'The idempotency key was used for something else',
    help: 'Use a new key for a new event; repeat a request unchanged to retry it.',
  },
  invalid_transition: {
    status: 409,
    error: 'invalid_request',
    title: 'The status does not allow this event',
    help: 'Read the stream: its status rules out the transition.',
  },
  skipped: {
    status: 409,
    error: 'conflict',
    title: 'An operator decided to go on without the event',
    help: 'Its rules broke on it. Send what is still needed as a new event, with a new idempotency key.',
  },
  run_archived: {
    status: 409,
    error: 'conflict',
    title: 'The run is archived',
    help: 'Nothing follows an archived run. Send what is still needed to another one.',
  },
  plan_refused: {
    status: 409,
    error: 'conflict',
    title: 'The plan cannot be carried out',
    help: 'Choose another target: refusals says of each partition why, and how many events it would skip.',
  },
  plan_outdated: {
    status: 409,
    error: 'conflict',
    title: 'What was planned is no longer so',
    help: 'Make a new plan: changes says what was planned and what was found.',
  },
  operation_in_progress: {
    status: 409,
    error: 'conflict',
    title: 'Another operation runs on the same partitions',
    help: 'Wait for the operation named in running_operation_id, or cancel it.',
  },
  already_republished: {
    status: 409,
    error: 'conflict',
    title: 'The dead letter was published again before',
    help: 'Look at the operation named in operation_id; a letter is published again once.',
  },
  payload_too_large: {
    status: 413,
    error: 'payload_too_large',
    title: 'The request is too large',
    help: 'Send less, or keep the content elsewhere and send a reference.',
  },
  uri_too_long: {
    status: 414,
    error: 'uri_too_long',
    title: 'The path and query are too long',
    help: 'Ask for less at once, or follow next_cursor.',
  },
  unsupported_media_type: {
    status: 415,
    error: 'unsupported_media_type',
    title: 'The body has the wrong media type',
    help: 'Send the header Content-Type: application/json.',
  },
  expectation_failed: {
    status: 417,
    error: 'expectation_failed',
    title: 'The expectation cannot be met',
    help: 'Send Expect: 100-continue or no such header.',
  },
  headers_too_large: {
    status: 431,
    error: 'headers_too_large',
    title: 'The headers are too large',
    help: 'Send fewer and shorter headers.',
  },
  too_many_requests: {
    status: 429,
    error: 'rate_limited',
    title: 'Too many requests',
    help: 'Wait as long as Retry-After says, then go on more slowly.',
    retryAfterSeconds: 1,
  },
  internal: {
    status: 500,
    error: 'internal',
    title: 'Something broke here',
    help: 'Retry with the same idempotency key; if it stays, tell the operator the request ID.',
  },
  outcome_unknown: {
    status: 503,
    error: 'outcome_unknown',
    title: 'It is not known whether the event was stored',
    help: 'Send the same request again, unchanged and with the same idempotency key.',
    retryAfterSeconds: 1,
  },
  overloaded: {
    status: 503,
    error: 'overloaded',
    title: 'There is too much to do at once',
    help: 'Nothing was stored. Retry after Retry-After.',
    retryAfterSeconds: 1,
  },
  log_unavailable: {
    status: 503,
    error: 'log_unavailable',
    title: 'The log does not answer',
    help: 'Nothing was stored. Retry after Retry-After.',
    retryAfterSeconds: 2,
  },
  store_unavailable: {
    status: 503,
    error: 'store_unavailable',
    title: 'The read models do not answer',
    help: 'Retry after Retry-After. Writing goes on meanwhile.',
    retryAfterSeconds: 2,
  },
  auth_unavailable: {
    status: 503,
    error: 'auth_unavailable',
    title: 'The credential cannot be checked now',
    help: 'Nothing was done. Retry after Retry-After.',
    retryAfterSeconds: 2,
  },
  catching_up: {
    status: 503,
    error: 'catching_up',
    title: 'The read models have not reached the position that was asked for',
    help: 'Retry after Retry-After, or ask with a longer wait.',
    retryAfterSeconds: 1,
  },
  http_version_not_supported: {
    status: 505,
    error: 'http_version_not_supported',
    title: 'The version of HTTP is not supported',
    help: 'Speak HTTP/1.1.',
  },
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** The media type of a problem document (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The definition of a code, with its optional members. */
export const problemOf = (code: ProblemCode): ProblemDefinition => PROBLEMS[code];
