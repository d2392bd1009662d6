import type { JsonValue } from '@refold/contracts';
import { RefoldProblem, RefoldUnreachable, type ProblemBody } from './refold-problem.js';
import { withRetries, type RetryPolicy, type RetryTools } from './retry.js';

/** What a call may set besides its own arguments. */
export interface CallOptions {
  /** Ends the call and its retries. */
  signal?: AbortSignal | undefined;
}

/** One call over HTTP. */
export interface Call extends CallOptions {
  method: 'GET' | 'POST';
  /** Path below the server's URL, each part already encoded. */
  path: string;
  query?: Readonly<Record<string, string | number | undefined>> | undefined;
  headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** A text and its type; absent for calls without a body. */
  body?: { type: string; text: string } | undefined;
  /** The keys of what it claims, in order; told where it fails. */
  keys?: readonly string[] | undefined;
  /** Statuses besides 2xx that are an answer, not a problem. */
  answers?: readonly number[] | undefined;
}

/** An answer. `position` is where on the log it stands; present it as `after` and no read shows less. */
export interface Reply<Body> {
  status: number;
  position: string | null;
  body: Body;
}

/** How calls reach the server. */
export interface Transport {
  /** The reply's JSON, unchecked: the server is trusted to keep its contract. */
  json<Body>(call: Call): Promise<Reply<Body>>;
  text(call: Call): Promise<Reply<string>>;
}

/** A bearer token or an API key, or where to get one: asked before every try. */
export type Token = string | (() => string | Promise<string>);

/** What a transport is made of. */
export interface TransportOptions {
  url: string;
  fetch: typeof fetch;
  headers: Readonly<Record<string, string>>;
  token: Token | undefined;
  retry: RetryPolicy;
  tools: RetryTools;
  /** Longest wait for one reply, in milliseconds. */
  replyMsMax: number;
}

/** The header with the log position of an answer. */
export const POSITION_HEADER = 'refold-position';

/** `Retry-After` in milliseconds: seconds or a date; null when absent or neither. */
export function readRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

function problemOf(response: Response, text: string, { keys }: Call): RefoldProblem {
  const retryAfter = readRetryAfter(response.headers.get('retry-after'), Date.now());
  return new RefoldProblem(response.status, bodyOf(text), retryAfter, keys);
}

function bodyOf(text: string): ProblemBody {
  try {
    const parsed = JSON.parse(text) as JsonValue;
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // A proxy's page: what it says is the detail.
  }
  return { detail: text.slice(0, PAGE_LENGTH_MAX) };
}

function parseReply({ status, body }: Reply<string>, { keys }: Call): unknown {
  try {
    return JSON.parse(body);
  } catch {
    const detail = `expected JSON, got ${body.slice(0, PAGE_LENGTH_MAX)}`;
    throw new RefoldProblem(status, { error: 'invalid_reply', detail }, null, keys);
  }
}

const PAGE_LENGTH_MAX = 500;

const defined = (given: Call['headers']): [string, string][] =>
  Object.entries(given ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );

/** Calls over `fetch`; each one is tried again as the policy says, so every POST must carry a key. */
export function createTransport(options: TransportOptions): Transport {
  const base = options.url.replace(/\/+$/, '');

  const urlOf = ({ path, query }: Call): string => {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) parameters.set(name, String(value));
    }
    return parameters.size === 0 ? `${base}${path}` : `${base}${path}?${parameters.toString()}`;
  };

  async function once(call: Call): Promise<Reply<string>> {
    const timeout = AbortSignal.timeout(options.replyMsMax);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
    const headers = new Headers(options.headers);
    const { token } = options;
    const credential = typeof token === 'function' ? await token() : token;
    if (credential !== undefined) headers.set('authorization', `Bearer ${credential}`);
    for (const [name, value] of defined(call.headers)) headers.set(name, value);
    if (call.body !== undefined) headers.set('content-type', call.body.type);
    const { response, text } = await exchange(
      urlOf(call),
      {
        method: call.method,
        headers,
        signal,
        ...(call.body === undefined ? {} : { body: call.body.text }),
      },
      call,
    );
    const { status } = response;
    if (!response.ok && call.answers?.includes(status) !== true)
      throw problemOf(response, text, call);
    return { status, position: response.headers.get(POSITION_HEADER), body: text };
  }

  async function exchange(url: string, init: RequestInit, call: Call) {
    try {
      const response = await options.fetch(url, init);
      return { response, text: await response.text() };
    } catch (error) {
      call.signal?.throwIfAborted();
      throw new RefoldUnreachable(base, error, call.keys);
    }
  }

  const text = (call: Call): Promise<Reply<string>> =>
    withRetries(() => once(call), options.retry, options.tools, call.signal);

  return {
    text,
    async json<Body>(call: Call): Promise<Reply<Body>> {
      const reply = await text(call);
      return { ...reply, body: parseReply(reply, call) as Body };
    },
  };
}
