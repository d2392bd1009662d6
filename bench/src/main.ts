import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { withBackends } from './backends.js';
import type { Backends } from './backends.js';
import { BadArguments, HELP, isFull, readOptions } from './bench-options.js';
import type { BenchOptions } from './bench-options.js';
import { describeMachine } from './machine.js';
import { measureReplay } from './replay.js';
import { performancePage, reportText } from './report.js';
import type { Report } from './report.js';
import { writeFindings } from './write-findings.js';
import { measureWritePath } from './write-path.js';
import { hopTable, writePathTable } from './write-tables.js';

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
const PARTITIONS = 8;

/** Progress goes beside the result, which may be read by a program. */
const say = (line: string): void => console.error(line);

async function measure(backends: Backends, options: BenchOptions): Promise<Report> {
  const { part, pairs, records, seconds } = options;
  const partitions = PARTITIONS;
  const replayed =
    part === 'write-path' ? [] : await measureReplay(backends, { records, partitions, pairs }, say);
  const size = { rounds: pairs, durationMs: seconds * 1000, partitions };
  const written = part === 'replay' ? null : await measureWritePath(backends, size, say);
  return {
    day: new Date().toISOString().slice(0, 10),
    machine: describeMachine(backends.versions),
    options,
    findings: [...replayed, ...(written === null ? [] : writeFindings(written))],
    writePath:
      written === null ? null : { clients: writePathTable(written), hops: hopTable(written) },
  };
}

async function run(options: BenchOptions): Promise<void> {
  const report = await withBackends((backends) => measure(backends, options));
  console.log(options.json ? JSON.stringify(report, null, 2) : reportText(report));
  if (!isFull(options)) {
    say('docs/performance.md is left alone: only a run of everything at full size writes it.');
    return;
  }
  await writeFile(PAGE, performancePage(report));
  say('docs/performance.md is written.');
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(HELP);
  else await run(options);
} catch (error) {
  if (!(error instanceof BadArguments)) throw error;
  console.error(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}
