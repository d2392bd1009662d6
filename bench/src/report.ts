import type { BenchOptions } from './bench-options.js';
import type { Finding } from './finding.js';
import type { Machine } from './machine.js';
import { markdownTable } from './table.js';
import type { Table } from './table.js';
import { SITTINGS } from './write-turns.js';

/** Everything one run found out. */
export interface Report {
  /** Day of the run, ISO 8601. */
  day: string;
  machine: Machine;
  options: BenchOptions;
  findings: readonly Finding[];
  /** Null when the write path was not measured. */
  writePath: { clients: Table; hops: Table } | null;
}

/** The table of ratios. */
export const findingTable = (findings: readonly Finding[]): Table => ({
  head: ['metric', 'what', 'measured', 'owed'],
  rows: findings.map(({ metric, what, measured, owed }) => [metric, what, measured, owed]),
});

const machineLines = ({ cores, cpu, memoryGib, system, node, kafka, redis }: Machine): string =>
  [
    `- ${cores} cores (${cpu}), ${memoryGib} GiB, ${system}; load generator, servers, Kafka and Redis share them`,
    `- Node ${node}, Apache Kafka ${kafka} (one broker), Redis ${redis} (append-only file, fsync every second)`,
  ].join('\n');

/** All tables of a report, as text for a terminal or a page. */
export function reportText(report: Report): string {
  const { findings, writePath } = report;
  const parts = [markdownTable(findingTable(findings))];
  if (writePath !== null) {
    parts.push(markdownTable(writePath.clients), markdownTable(writePath.hops));
  }
  return parts.join('\n\n');
}

/** The page `docs/performance.md`. */
export function performancePage({ day, machine, options, findings, writePath }: Report): string {
  const { pairs, records, seconds } = options;
  const clients = writePath === null ? '' : markdownTable(writePath.clients);
  const hops = writePath === null ? '' : markdownTable(writePath.hops);
  return `# Performance

\`npm run bench\` writes this page and every figure on it; changes by hand are lost with the next run.
Last run: ${day}.

What is compared ran side by side, in turn, within one run: ${pairs} pairs, every other one in the reverse order. A figure
is the median, with the range behind it. Ratios are taken pair by pair. They carry over to other machines better than the
times do, and those of a busy machine say little.

## Machine

${machineLines(machine)}

## Ratios

The letters are those of the table of targets. A bound is held against the median.

${markdownTable(findingTable(findings))}

P1 and P12: ${records} records of a topic, drained by processes that start anew each time, timed from the first fetch to
the last record done; the projector writes documents, timelines, register and indexes. P5 to P7: loads of ${seconds} s;
every server is started ${SITTINGS} times, since two processes of one program differ for as long as they live.

## Write path

One event per request on 200 runs, keep-alive connections with one request outstanding each. The send-per-request servers
validate as Refold does; nobody judges or folds what they write. Any answer but the expected one ends the bench, and every
event must be accepted by the projector before the next turn begins.

${clients}

## Hop by hop

From the metrics of ingest API and projector over the same loads; means, unless it says otherwise. What lies between the
client and the inside of ingest is its event loop, the kernel, and the load generator. The CPU is what the processes used
until everything was folded, also for 202.

${hops}
`;
}
