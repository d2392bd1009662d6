/** Below this many newly parked streams a commit is never held back. */
const PARKED_MIN = 5;

/** Share of the streams of a commit that may newly park for distinct causes. */
const RATIO_MAX = 0.2;

/**
 * True when this commit would park so many streams, for so many distinct causes, that the fault is
 * more likely in this build than in the events. Looked at before the commit.
 */
export const breakerTrips = (newlyParked: number, causes: number, streams: number): boolean =>
  newlyParked >= PARKED_MIN && Math.max(causes, 1) / Math.max(streams, 1) > RATIO_MAX;
