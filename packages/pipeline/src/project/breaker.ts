import type { Parks } from '../slot/park-window.js';

/** When a commit is held back that would park streams. */
export interface BreakerLimits {
  /** Fewer newly parked streams among the last claims never hold a commit back; 1 or more. */
  streams: number;
  /** Share of the streams of the last claims that may park for causes of their own, 0 to 1; 1 holds nothing back. */
  share: number;
}

export const BREAKER_LIMITS: BreakerLimits = { streams: 5, share: 0.2 };

/**
 * What parked among so few claims, and for so many distinct causes, that the fault is more likely in this build
 * than in the events; null: nothing did. Looked at before the commit, and the same however the log is cut into
 * commits.
 *
 * @param parks Of each stream that the commit parks, in log order; the last that trips is returned.
 */
export function trippedBy(
  parks: readonly Parks[],
  limits: BreakerLimits = BREAKER_LIMITS,
): Parks | null {
  const trips = ({ streams, parked, causes }: Parks): boolean =>
    parked >= limits.streams && causes.length / streams > limits.share;
  return parks.filter(trips).at(-1) ?? null;
}
