export * from './record-builder.js';
export { RefoldProblem, type ProblemBody, type ProblemFault } from '../refold-problem.js';
export type { NewEvent } from '../wire.js';
