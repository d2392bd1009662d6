/**
 * node test/simulation/planted-run.mjs '{"edits": [], "seeds": [7, 1, 2, 3]}'
 *
 * Runs seeds of the simulation over the sources with texts replaced, until one turns red. Prints one
 * JSON line: the red seed (null: none), what it found, how many seeds ran and how long that took.
 */
import { register } from 'node:module';

const { edits, seeds } = JSON.parse(process.argv[2] ?? '{}');
register('./source-hooks.mjs', import.meta.url, { data: { edits } });

const SIMULATION = new URL(
  '../../packages/test-kit/src/simulation/run-simulation.ts',
  import.meta.url,
);
const { runSimulation } = await import(SIMULATION.href);

/** What one seed finds; a schedule that throws was broken by the bug, too. */
async function findingsOf(seed) {
  try {
    const { findings } = await runSimulation({ seed });
    return findings;
  } catch (error) {
    return [`the schedule threw: ${error.stack}`];
  }
}

const began = performance.now();
const result = { red: null, findings: [], ran: 0, ms: 0 };
for (const seed of seeds) {
  result.ran += 1;
  result.findings = await findingsOf(seed);
  if (result.findings.length > 0) {
    result.red = seed;
    break;
  }
}
result.ms = Math.round(performance.now() - began);
result.findings = result.findings.slice(0, 3);
console.log(JSON.stringify(result));
