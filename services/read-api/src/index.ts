export { readConfig } from './config.js';
export { createReading } from './reading.js';
export type { Reading, ReadingPorts } from './reading.js';
export type { Reads, Served } from './reads.js';
export { readRoutes } from './read-routes.js';
