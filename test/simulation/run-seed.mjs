/**
 * node test/simulation/run-seed.mjs 7
 *
 * Runs one seed of the simulation from the sources as they stand: prints what happened, one line a
 * step (virtual milliseconds, then who did what), and at the end what was found. Ends with 1 if
 * something was.
 */
import { register } from 'node:module';

const seed = Number(process.argv[2]);
if (!Number.isSafeInteger(seed)) {
  console.error('usage: node test/simulation/run-seed.mjs SEED');
  process.exit(2);
}
register('./source-hooks.mjs', import.meta.url, { data: { edits: [] } });
const SIMULATION = new URL(
  '../../packages/test-kit/src/simulation/run-simulation.ts',
  import.meta.url,
);
const { runSimulation } = await import(SIMULATION.href);
const { trace, findings, digest, steps } = await runSimulation({ seed });
for (const line of trace) console.log(line);
console.log(`\nseed ${seed}: ${steps} steps, trace ${digest}, ${findings.length} findings`);
for (const finding of findings) console.log(`- ${finding}`);
process.exitCode = findings.length === 0 ? 0 : 1;
