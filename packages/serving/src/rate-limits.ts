import { fastifyRateLimit, normalizeIP } from '@fastify/rate-limit';
import { HttpFault, type HttpServer, type Metrics } from '@refold/service';
import type { FastifyRequest } from 'fastify';
import type { RateLedger } from './rate-ledger.js';
import type { RateConfig } from './rate-settings.js';

/** What rate limits are made of. */
export interface RateLimitOptions {
  config: RateConfig;
  ledger: RateLedger;
  metrics: Metrics;
}

type Group = 'writes' | 'reads';

const groupOf = ({ method }: FastifyRequest): Group =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'reads' : 'writes';

/** Whoever has one address of IPv6 has all that begin so. */
const IPV6_PREFIX_BITS = 64;

/** Whose requests are counted together: the caller's, or its network's while nobody is authenticated. */
export const rateKeyOf = ({ caller, ip }: Pick<FastifyRequest, 'caller' | 'ip'>): string =>
  caller === null ? `address:${normalizeIP(ip, IPV6_PREFIX_BITS)}` : caller.principal;

/** The ledger in the form of the library's store. */
const storeOf = (ledger: RateLedger) =>
  class LedgerStore {
    incr(
      key: string,
      done: (error: Error | null, result?: { current: number; ttl: number }) => void,
      windowMs = 0,
      max = 0,
    ): void {
      const { allowed, remaining, ms } = ledger.take(key, max, windowMs);
      done(null, { current: allowed ? max - remaining : max + 1, ttl: ms });
    }
    child(): this {
      return this;
    }
  };

/** Differences of times that have fractions are off by less than a microsecond: that is no reason to wait for one more. */
const roundedUp = (ms: number, unitMs: number): number => Math.ceil((ms - 0.001) / unitMs);

const seconds = (ms: number): string => String(Math.max(1, roundedUp(ms, 1_000)));

/** What was too often, and when the next one is let in. */
interface Refused {
  group: Group | 'logins';
  max: number;
  windowMs: number;
  /** Milliseconds until then. */
  ms: number;
}

const WORDS = {
  writes: { what: 'writes', reason: 'write_rate_limited' },
  reads: { what: 'reads', reason: 'read_rate_limited' },
  logins: { what: 'failed logins from one address', reason: 'login_rate_limited' },
} as const;

/** The 429 that says when to come again. */
export function rateRefusal({ group, max, windowMs, ms }: Refused): HttpFault {
  const { what, reason } = WORDS[group];
  const message = `at most ${max} ${what} in ${windowMs} ms, once those of the last moments are spent`;
  return new HttpFault('too_many_requests', message, {
    headers: { 'retry-after': seconds(ms) },
    extras: {
      reason_code: reason,
      retry_after_ms: roundedUp(ms, 1),
      max_requests: max,
      window_ms: windowMs,
    },
  });
}

/**
 * Refuses with 429 whoever writes or reads more often than the configuration allows; answers carry
 * `RateLimit` and `RateLimit-Policy`. Nothing is added where nothing is limited, and probes never are.
 * To be called after the routes are guarded: the caller must be known.
 */
export function limitRates(app: HttpServer, options: RateLimitOptions): void {
  const { config, ledger, metrics } = options;
  const { rateWindowMs: windowMs } = config;
  const maxima: Record<Group, number | undefined> = {
    writes: config.writeRateMax,
    reads: config.readRateMax,
  };
  if (maxima.writes === undefined && maxima.reads === undefined) return;

  app.register(fastifyRateLimit, { global: false, store: storeOf(ledger) });

  const limiterOf = (group: Group) => {
    const max = maxima[group];
    if (max === undefined) return null;
    const keyGenerator = (request: FastifyRequest) => `${group}:${rateKeyOf(request)}`;
    return { max, take: app.createRateLimit({ max, timeWindow: windowMs, keyGenerator }) };
  };
  let limiters: Record<Group, ReturnType<typeof limiterOf>> | null = null;

  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.neverShed === true) return;
    limiters ??= { writes: limiterOf('writes'), reads: limiterOf('reads') };
    const group = groupOf(request);
    const limiter = limiters[group];
    if (limiter === null) return;
    const taken = await limiter.take(request);
    if (taken.isAllowed) return;
    const { max, remaining, ttl, isExceeded } = taken;
    reply.header('ratelimit-policy', `"${group}";q=${max};w=${Math.ceil(windowMs / 1_000)}`);
    reply.header('ratelimit', `"${group}";r=${remaining};t=${seconds(ttl)}`);
    if (!isExceeded) return;
    metrics.rateLimited.inc({ kind: group });
    throw rateRefusal({ group, max, windowMs, ms: ttl });
  });
}
