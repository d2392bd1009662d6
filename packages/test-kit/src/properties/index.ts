/**
 * The generator of inputs, with a seed: a change is judged by the inputs that the one before it had.
 * `npm run prove` draws others, and more of them.
 */
import fc from 'fast-check';
import { reportProof } from '../proof-report.js';
import { proofSize } from '../proof-size.js';

const SEED = 20_261_129;

const isFull = proofSize({ short: 0, full: 1 }) === 1;
const seed = isFull ? Math.floor(Math.random() * 2 ** 31) : SEED;

fc.configureGlobal({ seed, numRuns: proofSize({ short: 100, full: 10_000 }) });
// Without a proof's report nothing is told; a property that fails tells its seed itself.
reportProof({ properties_with_seed: seed });

export { fc };
