import type { HttpFault, Metrics } from '@refold/service';
import type { RateLedger } from './rate-ledger.js';
import { rateKeyOf, rateRefusal } from './rate-limits.js';

/** The time over which failed logins are counted, and within which they may come at once, milliseconds. */
const WINDOW_MS = 60_000;

/** What a limit of failed logins is made of. */
export interface LoginLimitOptions {
  /** Most failed logins of one address in a minute. */
  max: number;
  ledger: RateLedger;
  metrics: Metrics;
}

/** Counts failed logins by address. A good credential is asked for nothing: others may share its address. */
export interface LoginLimit {
  /** Counts one; the 429 that answers it when there were too many, else null. */
  fail(ip: string): HttpFault | null;
}

export function createLoginLimit({ max, ledger, metrics }: LoginLimitOptions): LoginLimit {
  return {
    fail(ip) {
      const { allowed, ms } = ledger.take(
        `logins:${rateKeyOf({ caller: null, ip })}`,
        max,
        WINDOW_MS,
      );
      if (allowed) return null;
      metrics.rateLimited.inc({ kind: 'logins' });
      return rateRefusal({ group: 'logins', max, windowMs: WINDOW_MS, ms });
    },
  };
}
