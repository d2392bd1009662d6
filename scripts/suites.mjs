/** The suites in the order they run: cheapest first, so that a broken house is seen in seconds. */
export const SUITES = [
  'architecture',
  'unit',
  'conformance',
  'integration',
  'simulation',
  'packaging',
  'end-to-end',
];

/** Suites that start the built programs; what they need is built before them. */
export const SUITES_ON_BUILD = new Set([
  'conformance',
  'integration',
  'simulation',
  'packaging',
  'end-to-end',
]);

/** Suites that have to pass on every supported line of Node, and not only on the one at hand. */
export const SUITES_ON_EVERY_NODE = ['unit', 'conformance'];

/** The longest one suite may take, in minutes; past it the suite is ended and counts as failed. */
export const SUITE_MINUTES_MAX = 60;
