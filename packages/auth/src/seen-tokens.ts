import { hash } from 'node:crypto';
import type { TokenClaims } from './claims.js';

/** Tokens remembered at once; the one that was not used for longest goes first. */
export const SEEN_MAX = 10_000;

/**
 * Tokens whose signature was verified, by their SHA-256: verifying one costs tens of microseconds.
 * Holds no token, and nothing longer than it is valid or its key is known.
 */
export interface SeenTokens {
  find(token: string, generation: number, nowMs: number): TokenClaims | undefined;
  remember(token: string, generation: number, claims: TokenClaims, untilMs: number): void;
  readonly size: number;
}

interface Seen {
  claims: TokenClaims;
  untilMs: number;
}

const digestOf = (token: string): string => hash('sha256', token, 'base64url');

/** Nothing seen yet. `generation`: of the keys; another one forgets everything. */
export function createSeenTokens(max = SEEN_MAX): SeenTokens {
  const seen = new Map<string, Seen>();
  let seenUnder = 0;

  const keep = (generation: number): void => {
    if (generation !== seenUnder) seen.clear();
    seenUnder = generation;
  };

  return {
    get size() {
      return seen.size;
    },
    find(token, generation, nowMs) {
      keep(generation);
      const digest = digestOf(token);
      const found = seen.get(digest);
      if (found === undefined) return undefined;
      seen.delete(digest);
      if (nowMs >= found.untilMs) return undefined;
      seen.set(digest, found);
      return found.claims;
    },
    remember(token, generation, claims, untilMs) {
      keep(generation);
      seen.set(digestOf(token), { claims, untilMs });
      if (seen.size <= max) return;
      const [oldest] = seen.keys();
      if (oldest !== undefined) seen.delete(oldest);
    },
  };
}
