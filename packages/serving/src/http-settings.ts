import {
  HTTP_LIMITS,
  integer,
  size,
  type ConfigOf,
  type ConfigProblem,
  type HttpLimits,
  type Setting,
} from '@refold/service';

const KIB = 1_024;
const MIB = 1_048_576;
const GIB = 1_073_741_824;

/** Three bytes for each of its units, and the envelopes of its events, fit what a publisher holds. */
const BODY_BYTES_MAX = 16 * MIB;

const bytes = (value: number): string =>
  value % MIB === 0 ? `${value / MIB}MiB` : `${value / KIB}KiB`;

const milliseconds = { unit: 'ms' } as const;

/** What a server takes from its clients; each bound is on one process. */
export const httpSettings = {
  bodyBytesMax: {
    env: 'REFOLD_BODY_BYTES_MAX',
    parser: size({ min: KIB, max: BODY_BYTES_MAX }),
    default: bytes(HTTP_LIMITS.bodyBytesMax),
    description: 'Largest JSON body of a request that is no batch; a larger one is answered 413.',
  },
  batchBytesMax: {
    env: 'REFOLD_BATCH_BYTES_MAX',
    parser: size({ min: KIB, max: BODY_BYTES_MAX }),
    default: bytes(HTTP_LIMITS.batchBytesMax),
    description: 'Largest body of a batch, NDJSON or a JSON array; a larger one is answered 413.',
  },
  headerBytesMax: {
    env: 'REFOLD_HEADER_BYTES_MAX',
    parser: size({ min: 4 * KIB, max: 256 * KIB }),
    default: bytes(HTTP_LIMITS.headerBytesMax),
    description: 'Request line and headers together; more is answered 431.',
  },
  urlLengthMax: {
    env: 'REFOLD_URL_LENGTH_MAX',
    parser: integer({ min: 1_024, max: 131_072 }),
    default: String(HTTP_LIMITS.urlLengthMax),
    unit: 'characters',
    description:
      'Path and query of a request; more is answered 414. A position takes up to 17 for each partition that it names.',
  },
  connectionsMax: {
    env: 'REFOLD_CONNECTIONS_MAX',
    parser: integer({ min: 10, max: 1_000_000 }),
    default: String(HTTP_LIMITS.connectionsMax),
    unit: 'connections',
    description:
      'Open connections; one more is closed at once, and idle ones are closed to make room.',
  },
  requestsMax: {
    env: 'REFOLD_REQUESTS_MAX',
    parser: integer({ min: 10, max: 1_000_000 }),
    default: String(HTTP_LIMITS.requestsMax),
    unit: 'requests',
    description: 'Requests whose answer is not out yet; one more is answered 503. Not for probes.',
  },
  requestBytesMax: {
    env: 'REFOLD_REQUEST_BYTES_MAX',
    parser: size({ min: MIB, max: 16 * GIB }),
    default: bytes(HTTP_LIMITS.requestBytesMax),
    description:
      'Bodies of those requests, together; one that does not fit is answered 503. Never more than an eighth of the heap that Node may have, or one batch if that is more.',
  },
  loopDelayMsMax: {
    env: 'REFOLD_LOOP_DELAY_MS_MAX',
    parser: integer({ min: 0, max: 60_000 }),
    default: String(HTTP_LIMITS.loopDelayMsMax),
    ...milliseconds,
    description:
      'How late the process may be with its work, for half a second, before requests are answered 503; 0: however late.',
  },
  keepAliveMs: {
    env: 'REFOLD_KEEP_ALIVE_MS',
    parser: integer({ min: 1_000, max: 3_600_000 }),
    default: String(HTTP_LIMITS.keepAliveMs),
    ...milliseconds,
    description:
      'How long a connection stays open between requests; longer than that of the load balancer in front.',
  },
  headerMsMax: {
    env: 'REFOLD_HEADER_MS_MAX',
    parser: integer({ min: 1_000, max: 600_000 }),
    default: String(HTTP_LIMITS.headerMsMax),
    ...milliseconds,
    description: 'How long the headers of a request may take to arrive; then 408.',
  },
  requestMsMax: {
    env: 'REFOLD_REQUEST_MS_MAX',
    parser: integer({ min: 1_000, max: 3_600_000 }),
    default: String(HTTP_LIMITS.requestMsMax),
    ...milliseconds,
    description: 'How long a whole request may take to arrive; then 408.',
  },
  stillMsMax: {
    env: 'REFOLD_STILL_MS_MAX',
    parser: integer({ min: 90_000, max: 3_600_000 }),
    default: String(HTTP_LIMITS.stillMsMax),
    ...milliseconds,
    description:
      'How long nothing may move on a connection while an answer is owed or being read; then it is closed. Longer than any wait.',
  },
} as const satisfies Record<string, Setting>;

export type HttpConfig = ConfigOf<typeof httpSettings>;

/** The limits of a server, from its configuration. */
export const httpLimitsOf = (config: HttpConfig): HttpLimits => ({
  bodyBytesMax: config.bodyBytesMax,
  batchBytesMax: config.batchBytesMax,
  headerBytesMax: config.headerBytesMax,
  urlLengthMax: config.urlLengthMax,
  connectionsMax: config.connectionsMax,
  requestsMax: config.requestsMax,
  requestBytesMax: config.requestBytesMax,
  keepAliveMs: config.keepAliveMs,
  headerMsMax: config.headerMsMax,
  requestMsMax: config.requestMsMax,
  stillMsMax: config.stillMsMax,
  loopDelayMsMax: config.loopDelayMsMax,
});

/** Bounds of which one would never be reached because of another. */
export function checkHttpLimits(config: HttpConfig): ConfigProblem | null {
  const { urlLengthMax, headerBytesMax, bodyBytesMax, batchBytesMax, requestBytesMax } = config;
  if (urlLengthMax >= headerBytesMax) {
    const expected = `expected less than REFOLD_HEADER_BYTES_MAX, which counts them too (${headerBytesMax})`;
    return { env: 'REFOLD_URL_LENGTH_MAX', expected };
  }
  if (bodyBytesMax > batchBytesMax) {
    const expected = `expected at least REFOLD_BODY_BYTES_MAX (${bodyBytesMax})`;
    return { env: 'REFOLD_BATCH_BYTES_MAX', expected };
  }
  if (batchBytesMax > requestBytesMax) {
    const expected = `expected at least REFOLD_BATCH_BYTES_MAX (${batchBytesMax}), or no such batch could come in`;
    return { env: 'REFOLD_REQUEST_BYTES_MAX', expected };
  }
  return null;
}
