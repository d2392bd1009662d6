import type { HttpLoadResult } from './http-load.js';
import type { Hops } from './hops.js';

/** Requests outstanding at once. */
export const CONCURRENCIES = [1, 10, 100] as const;

export type Concurrency = (typeof CONCURRENCIES)[number];

/** The concurrency at which servers are compared by rate. */
export const BUSY: Concurrency = 100;

/**
 * What takes a load: the product in both ways of answering, and what it is held against.
 * - `bare`: fastify and zod with the same schema, nothing behind it;
 * - `idempotent`, `plain`: the same with one kafkajs `producer.send()` per request.
 */
export const MODES = ['bare', '201', '202', 'idempotent', 'plain'] as const;

export type Mode = (typeof MODES)[number];

/** One load in its place. */
export interface Turn {
  mode: Mode;
  concurrency: Concurrency;
}

/** What a turn gave; only the product tells its hops. */
export interface TurnResult extends Turn {
  load: HttpLoadResult;
  hops: Hops | null;
}

const COMPARED_EVERYWHERE: readonly Mode[] = ['bare', '201', '202'];

/**
 * The turns of one round. Every other round runs the other way round, so that whatever drifts during
 * a round (heat, growing logs) favours nobody.
 */
export function turnsOf(round: number): Turn[] {
  const turns = CONCURRENCIES.flatMap((concurrency) =>
    (concurrency === BUSY ? MODES : COMPARED_EVERYWHERE).map((mode) => ({ mode, concurrency })),
  );
  return round % 2 === 0 ? turns : turns.reverse();
}

/** How often everything that takes a load is started, when there are rounds enough. */
export const SITTINGS = 3;

/**
 * The rounds of each sitting. A process keeps for life how its code was compiled and laid out, and two of
 * one program differ by so much that no figure may be that of one process alone.
 */
export function sittingsOf(rounds: number): number[][] {
  const sittings = Math.min(SITTINGS, rounds);
  const begin = (sitting: number): number => Math.floor((sitting * rounds) / sittings);
  return Array.from({ length: sittings }, (_, sitting) =>
    Array.from({ length: begin(sitting + 1) - begin(sitting) }, (_, n) => begin(sitting) + n),
  );
}

/** What one mode gave at one concurrency, one entry per round, in their order. */
export const resultsOf = (
  results: readonly TurnResult[],
  mode: Mode,
  concurrency: Concurrency,
): TurnResult[] =>
  results.filter((result) => result.mode === mode && result.concurrency === concurrency);
