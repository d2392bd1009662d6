import { RefoldProblem, RefoldUnreachable } from './refold-problem.js';

/** How long and how often a call is tried again. Only calls that are safe to repeat are. */
export interface RetryPolicy {
  /** First pause in milliseconds; it doubles each time, with jitter. */
  delayMsMin: number;
  /** Longest pause, unless the server asks for a longer one. */
  delayMsMax: number;
  /** From the first try on; a pause that would end later is not begun and the last error thrown. */
  totalMsMax: number;
  /** Told why, before each pause. */
  onRetry?: (error: Error) => void;
}

export const DEFAULT_RETRY: Readonly<RetryPolicy> = {
  delayMsMin: 100,
  delayMsMax: 5_000,
  totalMsMax: 30_000,
};

/** Clock, timer and chance, so that tests can hold them. */
export interface RetryTools {
  nowMs(): number;
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
  random(): number;
}

export const systemRetryTools: RetryTools = {
  nowMs: () => performance.now(),
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', abort, { once: true });
    }),
};

/** Of the server, and of a gateway whose server is being started anew. */
const RETRIED_STATUSES = new Set([429, 502, 503, 504]);

/** Null when trying again may help, in how many milliseconds the server asks for, or 0. */
function pauseAskedBy(error: RefoldProblem | RefoldUnreachable): number | null {
  if (error instanceof RefoldUnreachable) return 0;
  return RETRIED_STATUSES.has(error.status) ? (error.retryAfterMs ?? 0) : null;
}

/**
 * Calls until it resolves, refuses for good or the policy's time is up. Tried again are 429, 502,
 * 503, 504 and missing replies; every other error is thrown at once.
 */
export async function withRetries<Value>(
  call: () => Promise<Value>,
  policy: RetryPolicy,
  tools: RetryTools,
  signal?: AbortSignal,
): Promise<Value> {
  const startedMs = tools.nowMs();
  for (let delayMs = policy.delayMsMin; ; delayMs = Math.min(policy.delayMsMax, delayMs * 2)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RefoldProblem || error instanceof RefoldUnreachable)) throw error;
      const asked = pauseAskedBy(error);
      if (asked === null) throw error;
      const pauseMs = Math.max(asked, delayMs * (0.5 + tools.random() / 2));
      if (tools.nowMs() - startedMs + pauseMs > policy.totalMsMax) throw error;
      policy.onRetry?.(error);
      await tools.sleep(pauseMs, signal);
    }
  }
}
