/**
 * npm run prove                      lists the proofs
 * npm run prove -- NAME              runs one at its full size and prints what it found out
 * npm run prove -- NAME -t 'seed 7'  further arguments go to the test runner
 *
 * The report stays in .cache/proofs/NAME.jsonl, one JSON object a line.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProofs } from './proofs.mjs';
import { ROOT, runNode, runVitest } from './run-vitest.mjs';

/** A proof may take hours; a single test of it not more than this. */
const TEST_MS_MAX = 4 * 60 * 60_000;

const [name, ...rest] = process.argv.slice(2);
const proofs = findProofs();
const list = () => proofs.map((p) => `  ${p.name.padEnd(28)} ${p.summary}`).join('\n');

async function prove(proof) {
  const folder = join(ROOT, '.cache', 'proofs');
  mkdirSync(folder, { recursive: true });
  const report = join(folder, `${proof.name}.jsonl`);
  writeFileSync(report, '');
  const built = await runNode(['node_modules/typescript/bin/tsc', '-b']);
  if (built !== 0) return built ?? 1;
  const began = performance.now();
  const code = await runVitest(
    proof.suite,
    [proof.path, `--testTimeout=${TEST_MS_MAX}`, '--reporter=verbose', ...rest],
    { env: { REFOLD_PROOF: 'full', REFOLD_PROOF_REPORT: report } },
  );
  const lines = readFileSync(report, 'utf8').split('\n').filter(Boolean);
  console.log(`\n${proof.name}: ${proof.summary}`);
  for (const line of lines) {
    const facts = Object.entries(JSON.parse(line)).map(([key, value]) => `${key} ${value}`);
    console.log(`  ${facts.join(' · ')}`);
  }
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`${code === 0 ? 'proved' : 'NOT proved'} in ${minutes} minutes, report: ${report}`);
  return code ?? 1;
}

if (name === undefined) {
  console.log(`npm run prove -- NAME, where NAME is one of:\n${list()}`);
} else {
  const proof = proofs.find((p) => p.name === name);
  if (proof === undefined) {
    console.error(`No proof is called ${name}. There are:\n${list()}`);
    process.exitCode = 2;
  } else {
    process.exitCode = await prove(proof);
  }
}
