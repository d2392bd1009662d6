import type { IncomingHttpHeaders } from 'node:http';
import { parseIdempotencyKey, parsePrefer } from '@refold/contracts';
import { invalidRequest } from '@refold/serving';

/** Longest a caller may ask to wait for the verdict, milliseconds. */
export const WAIT_MS_MAX = 60_000;

/** What the headers of a write ask for. */
export interface Wish {
  /** Longest wait for the verdict, milliseconds; 0: answer as soon as the event is stored. */
  waitMs: number;
  /** The Preference-Applied header of the answer; null where nothing was preferred. */
  applied: string | null;
  traceparent: string | undefined;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** @param defaultMs The wait of a caller that prefers nothing. */
export function wishOf(headers: IncomingHttpHeaders, defaultMs: number): Wish {
  const { traceparent: trace, prefer } = headers;
  const traceparent = typeof trace === 'string' && TRACEPARENT.test(trace) ? trace : undefined;
  if (prefer === undefined) return { waitMs: defaultMs, applied: null, traceparent };
  const { respondAsync, waitMs } = parsePrefer(prefer);
  if (respondAsync && waitMs === null) return { waitMs: 0, applied: 'respond-async', traceparent };
  if (waitMs === null) return { waitMs: defaultMs, applied: null, traceparent };
  const bounded = Math.min(waitMs, WAIT_MS_MAX);
  return { waitMs: bounded, applied: `wait=${bounded / 1_000}`, traceparent };
}

/** The Idempotency-Key header; null without one. @throws ProblemError */
export function headerKeyOf(headers: IncomingHttpHeaders): string | null {
  const header = headers['idempotency-key'];
  if (header === undefined) return null;
  const read = Array.isArray(header)
    ? { expected: 'one header of this name' }
    : parseIdempotencyKey(header);
  if ('key' in read) return read.key;
  throw invalidRequest([{ field: 'Idempotency-Key', expected: read.expected }]);
}

/**
 * Checks the Idempotency-Key header of a request whose body names the claim by itself.
 * @param field Where the body does. @throws ProblemError when the header says something else.
 */
export function checkNamedKey(headers: IncomingHttpHeaders, name: string, field: string): void {
  const headerKey = headerKeyOf(headers);
  if (headerKey === null || headerKey === name) return;
  const expected = `the same as ${field}, or no such header`;
  throw invalidRequest([{ field: 'Idempotency-Key', expected }]);
}

/** The key of a request, from header or body. @throws ProblemError when they disagree. */
export function keyOf(headers: IncomingHttpHeaders, bodyKey: string | undefined): string | null {
  const headerKey = headerKeyOf(headers);
  if (headerKey === null) return bodyKey ?? null;
  if (bodyKey === undefined || bodyKey === headerKey) return headerKey;
  const expected = 'the same key as in the Idempotency-Key header, or none';
  throw invalidRequest([{ field: '/idempotency_key', expected }]);
}
