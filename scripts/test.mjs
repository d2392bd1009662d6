/**
 * npm test              every suite, each in a process of its own
 * npm test -- unit ...  only the named suites
 * npm test -- --also-on=24,26
 *                       and then the suites that have to pass on every Node on these lines too
 *
 * Prints what each suite ran against, then a table, and as its last line the sum. Ends with 1 if a
 * test failed, if a suite executed no test, or, with CI set, if anything was skipped.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBinary, OWN_LINE } from './node-binary.mjs';
import { runNode, runVitest } from './run-vitest.mjs';
import { backendLines, isRed, resultTable, suiteResult, sumLine } from './suite-result.mjs';
import { SUITES, SUITES_ON_BUILD, SUITES_ON_EVERY_NODE, SUITE_MINUTES_MAX } from './suites.mjs';

const ALSO_ON = '--also-on=';
const given = process.argv.slice(2);
const asked = given.filter((argument) => !argument.startsWith(ALSO_ON));
/** The other lines of Node; the one that runs this has its suites anyway. */
const lines = given
  .filter((argument) => argument.startsWith(ALSO_ON))
  .flatMap((argument) => argument.slice(ALSO_ON.length).split(','))
  .filter((line) => line !== OWN_LINE);
const unknown = asked.filter((name) => !SUITES.includes(name));
if (unknown.length > 0) {
  console.error(`No suite is called ${unknown.join(', ')}. There are: ${SUITES.join(', ')}.`);
  process.exit(2);
}
const suites = asked.length === 0 ? SUITES : SUITES.filter((name) => asked.includes(name));
const strict = !['', 'false'].includes(process.env['CI'] ?? '');
const folder = mkdtempSync(join(tmpdir(), 'refold-test-'));

/** The text of a file that its writer may not have reached, else null. */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

async function runSuite(project, line = null) {
  const suite = line === null ? project : `${project} on Node ${line}`;
  console.log(`\n== ${suite}`);
  const json = join(folder, `${suite}.json`);
  const backendReport = join(folder, `${suite}.backends`);
  const node = line === null ? {} : { node: nodeBinary(line) };
  const began = performance.now();
  const code = await runVitest(
    project,
    ['--reporter=default', '--reporter=json', `--outputFile.json=${json}`],
    { env: { REFOLD_TEST_REPORT: backendReport }, timeoutMs: SUITE_MINUTES_MAX * 60_000, ...node },
  );
  const report = textOf(json);
  const backends = backendLines(textOf(backendReport) ?? '');
  const minutes = (performance.now() - began) / 60_000;
  const parsed = report === null ? null : JSON.parse(report);
  const result = suiteResult(parsed, { suite, code, minutes, backends, strict });
  for (const line of backends) console.log(`${suite} ran against ${line}`);
  return result;
}

/** Builds the programs; null when they stand, else the red line that takes the place of their suites. */
async function build() {
  const began = performance.now();
  const code = await runNode(['node_modules/typescript/bin/tsc', '-b']);
  if (code === 0) return null;
  const minutes = (performance.now() - began) / 60_000;
  const faults = ['the sources do not build, so the suites that start them were not run'];
  return {
    suite: 'build',
    passed: 0,
    failed: 1,
    skipped: 0,
    minutes,
    backends: [],
    failures: [],
    faults,
  };
}

const results = [];
try {
  const broken = suites.some((name) => SUITES_ON_BUILD.has(name)) ? await build() : null;
  if (broken !== null) results.push(broken);
  for (const suite of suites) {
    if (broken === null || !SUITES_ON_BUILD.has(suite)) results.push(await runSuite(suite));
  }
  for (const line of lines) {
    for (const suite of broken === null ? SUITES_ON_EVERY_NODE : []) {
      results.push(await runSuite(suite, line));
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(`\n${resultTable(results)}`);
for (const { suite, failures, faults } of results) {
  for (const failure of failures) console.log(`${suite}: failed: ${failure}`);
  for (const fault of faults) console.log(`${suite}: ${fault}`);
}
console.log(`\n${sumLine(results)}`);
process.exitCode = results.some(isRed) ? 1 : 0;
