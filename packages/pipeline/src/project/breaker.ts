/** When a commit is held back that would park streams. */
export interface BreakerLimits {
  /** Fewer newly parked streams never hold a commit back; 1 or more. */
  streams: number;
  /** Share of the streams of a commit that may park for causes of their own, 0 to 1; 1 holds nothing back. */
  share: number;
}

export const BREAKER_LIMITS: BreakerLimits = { streams: 5, share: 0.2 };

/**
 * True when a commit would park so many streams, for so many distinct causes, that the fault is more
 * likely in this build than in the events. Looked at before the commit.
 *
 * @param parked Streams that the commit parks, each with its cause.
 * @param streams How many streams the commit is about.
 */
export const breakerTrips = (
  parked: ReadonlyMap<string, string>,
  streams: number,
  limits: BreakerLimits = BREAKER_LIMITS,
): boolean => {
  const causes = new Set(parked.values()).size;
  return parked.size >= limits.streams && causes / Math.max(streams, 1) > limits.share;
};
