/**
 * node test/simulation/planted-run.mjs '{"edits": [], "seeds": [1, 300]}'
 *
 * Runs seeds of the simulation over the sources with texts replaced, until one turns red. Prints one
 * JSON line: the first red seed (null: none), what it found, and the milliseconds it took.
 * `module` and `run` name what is run instead of the simulation.
 */
import { register } from 'node:module';

const { edits, seeds } = JSON.parse(process.argv[2] ?? '{}');
register('./source-hooks.mjs', import.meta.url, { data: { edits } });

const SIMULATION = new URL(
  '../../packages/test-kit/src/simulation/run-simulation.ts',
  import.meta.url,
);
const { runSimulation } = await import(SIMULATION.href);
const [first, last] = seeds;
const began = performance.now();
let red = null;
let findings = [];
for (let seed = first; seed <= last && red === null; seed++) {
  try {
    ({ findings } = await runSimulation({ seed }));
  } catch (error) {
    findings = [`the simulation threw: ${error.stack}`];
  }
  if (findings.length > 0) red = seed;
}
const ms = Math.round(performance.now() - began);
console.log(JSON.stringify({ red, findings: findings.slice(0, 3), ms }));
