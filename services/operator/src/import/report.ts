import { writeTable } from '../terminal.js';
import { isComplete, type ImportReport } from './import-traces.js';
import { totalOf, type Count } from './tally.js';

const KINDS = [
  ['runs', 'runs'],
  ['events', 'events'],
  ['messages', 'messages'],
  ['tool_calls', 'tool calls'],
] as const;

function countTable({ tally }: ImportReport): string {
  const undecided = tally.events.undecided > 0;
  const rowOf = (name: string, count: Count): (string | number)[] => [
    name,
    totalOf(count),
    count.new,
    count.there,
    ...(undecided ? [count.undecided] : []),
  ];
  return writeTable([
    ['', 'total', 'new', 'already there', ...(undecided ? ['new or there'] : [])],
    ...KINDS.map(([kind, name]) => rowOf(name, tally[kind])),
  ]);
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`;

function closingLine(report: ImportReport, whole: number): string {
  if (report.interrupted) return 'Interrupted; import again to resume.\n';
  return whole === 0 ? 'Nothing was imported.\n' : '';
}

/** The end of an import as a person reads it. */
export function writeReport(report: ImportReport, url: string, seconds: number): string {
  const whole = report.runs.filter(({ failure }) => failure === null);
  const failed = report.runs.filter(({ failure }) => failure !== null);
  return [
    `${whole.length} runs readable at ${url} after ${seconds.toFixed(1)} s\n`,
    countTable(report),
    section(
      'Skipped',
      report.skipped.map(({ file, why }) => `${file}: ${why}`),
    ),
    section(
      'The same as an earlier one',
      report.repeated.map((r) => `${r.source}: ${r.same_as}`),
    ),
    section(
      'Failed',
      failed.map((r) => `${r.source}: ${r.run_id}: ${r.failure}`),
    ),
    closingLine(report, whole.length),
  ].join('');
}

/** The end of an import as a program reads it. */
export const reportForPrograms = (report: ImportReport, url: string, seconds: number) => ({
  url,
  complete: isComplete(report),
  interrupted: report.interrupted,
  seconds: Math.round(seconds * 1_000) / 1_000,
  ...report.tally,
  imported: report.runs,
  repeated: report.repeated,
  skipped: report.skipped.map(({ file, why }) => ({ file, why })),
});
