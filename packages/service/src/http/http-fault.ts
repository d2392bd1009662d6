/** Why the server itself refuses a request, before any route sees it. */
export const HTTP_FAULTS = {
  invalid_request: 400,
  invalid_json: 400,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  payload_too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  expectation_failed: 417,
  too_many_requests: 429,
  headers_too_large: 431,
  overloaded: 503,
  http_version_not_supported: 505,
} as const;
export type HttpFaultKind = keyof typeof HTTP_FAULTS;

/** What a fault may carry besides its sentence. */
export interface HttpFaultOptions extends ErrorOptions {
  /** Headers the reply must have: `Allow` with 405. */
  headers?: Readonly<Record<string, string>>;
  /** Members of the problem document beyond the common ones. */
  extras?: Readonly<Record<string, string | number>>;
}

/** A refusal by the server: `message` says what was wrong and what is expected. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly kind: HttpFaultKind;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly extras: Readonly<Record<string, string | number>>;
  constructor(kind: HttpFaultKind, message: string, options: HttpFaultOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.status = HTTP_FAULTS[kind];
    this.headers = options.headers ?? {};
    this.extras = options.extras ?? {};
  }
}

/** A reply to an error: a problem document. */
export interface ProblemReply {
  status: number;
  /** What is sent as `application/problem+json`. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Turns an error into its reply; injected, because the problem catalogue is not this package's. */
export type ToProblem = (error: unknown, requestId: string) => ProblemReply;

const CODES: Readonly<Record<string, HttpFaultKind>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid_request',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  HPE_INVALID_VERSION: 'http_version_not_supported',
  HPE_PAUSED_H2_UPGRADE: 'http_version_not_supported',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** The media types a request body may have. */
export const ACCEPTED_TYPES = 'application/json, application/x-ndjson';

/** Where the library's sentence says less than we know. */
const MESSAGES: Readonly<Partial<Record<HttpFaultKind, string>>> = {
  unsupported_media_type: `expected a content type of ${ACCEPTED_TYPES}`,
  request_timeout: 'the request did not arrive whole in the time it has',
  http_version_not_supported: 'expected HTTP/1.1 or HTTP/1.0',
};

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** A framework's own error as an {@link HttpFault}; any other error as it is. */
export function faultOf(error: unknown): unknown {
  const code = codeOf(error);
  const kind = typeof code === 'string' ? CODES[code] : undefined;
  if (kind === undefined || !(error instanceof Error)) return error;
  const headers: Record<string, string> =
    kind === 'unsupported_media_type' ? { accept: ACCEPTED_TYPES } : {};
  return new HttpFault(kind, MESSAGES[kind] ?? error.message, { cause: error, headers });
}

/**
 * Whether an error says that a body, or its missing, is not as expected. Where no route is, that does
 * not matter: the framework looks at the body all the same.
 */
export function isAboutBody(error: unknown): boolean {
  if (error instanceof HttpFault) return error.kind === 'invalid_json';
  const code = codeOf(error);
  return code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || code === 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE';
}
