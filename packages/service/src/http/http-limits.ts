/** What one server takes from its clients. Sizes are bytes, times milliseconds. */
export interface HttpLimits {
  /** Largest JSON body. */
  bodyBytesMax: number;
  /** Largest batch: NDJSON, or a JSON array where a route takes one. */
  batchBytesMax: number;
  /** Request line and headers together. */
  headerBytesMax: number;
  /** Path and query of a request, in characters. */
  urlLengthMax: number;
  /** Open connections; one more is closed at once. */
  connectionsMax: number;
  /** Requests whose answer is not out yet; one more is answered with 503. */
  requestsMax: number;
  /** Bodies of those requests, together; {@link roomForBodies} may be less. */
  requestBytesMax: number;
  /** How long a connection may be kept open between requests. */
  keepAliveMs: number;
  /** From the first byte of a request, or from the connection, to the end of its headers. */
  headerMsMax: number;
  /** From the first byte of a request to its last. */
  requestMsMax: number;
  /** How long nothing may move while an answer is owed or is being read. */
  stillMsMax: number;
  /** How late the event loop may be, over and over, before requests are refused; 0: however late. */
  loopDelayMsMax: number;
}

export const HTTP_LIMITS: Readonly<HttpLimits> = {
  bodyBytesMax: 1_048_576,
  batchBytesMax: 8_388_608,
  headerBytesMax: 16_384,
  urlLengthMax: 8_192,
  connectionsMax: 10_000,
  requestsMax: 10_000,
  requestBytesMax: 134_217_728,
  // Longer than the idle time of common load balancers, so that they close first.
  keepAliveMs: 72_000,
  headerMsMax: 20_000,
  requestMsMax: 60_000,
  // Longer than the longest wait that a request may ask for.
  stillMsMax: 120_000,
  loopDelayMsMax: 1_000,
};

/** What bodies may have of the heap: each is held as text, parsed, and as a record, while its answer is owed. */
const HEAP_SHARE_OF_BODIES = 1 / 8;

/**
 * Most bytes of bodies that a process with this heap can hold for requests whose answer is not out: as
 * configured, but no more than the heap has room for, and room for one batch in any case.
 */
export function roomForBodies(limits: HttpLimits, heapBytes: number): number {
  const fits = Math.max(limits.batchBytesMax, Math.floor(heapBytes * HEAP_SHARE_OF_BODIES));
  return Math.min(limits.requestBytesMax, fits);
}
