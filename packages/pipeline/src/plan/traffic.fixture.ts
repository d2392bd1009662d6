const QUIET = { all: 0, each: 0 };

/** Nothing came in beside an operation that was measured, and nothing does now. */
export const NO_TRAFFIC = { then: QUIET, now: QUIET };
