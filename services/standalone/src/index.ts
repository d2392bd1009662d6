export { createRefold } from './refold.js';
export type { Refold, RefoldPorts } from './refold.js';
