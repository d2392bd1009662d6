import type { ExplanationReply } from '@refold/contracts';
import type { ExplainedRecord, LetterProjection } from '@refold/client';
import { EXIT, type ExitCode } from '../failure.js';
import { printable, writeTable } from '../terminal.js';
import {
  clientOf,
  IMPATIENT,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';
import { kindOf } from './targets.js';

/** Options of `refold explain`. */
export interface ExplainOptions extends GlobalOptions {
  projection: LetterProjection;
  limit: number;
}

/** Most records that one call shows, and how many if nobody says. */
export const RECORDS_MAX = 10_000;
export const RECORDS_DEFAULT = 50;

/** Most records that a server gives at once: each page judges the stream from its beginning. */
const PAGE_MAX = 200;

interface Found extends Omit<ExplanationReply, 'next_cursor'> {
  /** There are more than were asked for. */
  more: boolean;
}

async function find(context: CommandContext, id: string, options: ExplainOptions): Promise<Found> {
  const client = clientOf(context, options, IMPATIENT);
  const { signal } = context;
  const subject = `${kindOf(options.projection)}/${id}`;
  const records: ExplainedRecord[] = [];
  for (let cursor: string | undefined; ;) {
    const limit = Math.min(options.limit - records.length, PAGE_MAX);
    const { body } = await client.explainStream(subject, { cursor, limit, signal });
    const { next_cursor: next, ...rest } = body;
    records.push(...body.records);
    if (next === null || records.length >= options.limit) {
      return { ...rest, records, more: next !== null };
    }
    cursor = next;
  }
}

/** Why a record has its verdict, in words. */
function reasonOf(record: ExplainedRecord): string {
  const { code, detail, replayed, reason, skips } = record;
  if (skips !== null) {
    const event = `the event at ${skips.offset}: ${skips.source} ${skips.event_id}`;
    return reason === null ? event : `${event}; ${reason}`;
  }
  if (code === null) return reason ?? '';
  const told = Object.entries(detail ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  return [code, ...told, ...(replayed ? ['(told before)'] : [])].join(' ');
}

const rowOf = (record: ExplainedRecord): (string | number)[] => [
  record.partition,
  record.offset,
  record.recorded_at,
  record.verdict,
  record.seq ?? '-',
  record.rules_version,
  printable(record.event_type ?? '-'),
  printable(record.event_id ?? '-'),
  printable(reasonOf(record)),
];

function writeExplanation(found: Found, columns?: number): string {
  const { subject, topic, partition, complete, folded_to: to, log_start: start } = found;
  const lines = [`${subject} lies on ${topic}, partition ${partition}, folded up to ${to}.\n`];
  if (!complete) {
    lines.push(`The log begins at ${start}, behind its first record: no verdict is known.\n`);
  }
  if (found.records.length === 0) return `${lines.join('')}No record.\n`;
  const head = [
    'partition',
    'offset',
    'recorded',
    'verdict',
    'seq',
    'rules',
    'type',
    'event',
    'why',
  ];
  lines.push(writeTable([head, ...found.records.map(rowOf)], columns));
  if (found.more) lines.push('There are more: give --limit.\n');
  return lines.join('');
}

/** `refold explain`: where each record of a stream lies, its verdict, and why. */
export async function explain(
  context: CommandContext,
  id: string,
  options: ExplainOptions,
): Promise<ExitCode> {
  const found = await find(context, id, options);
  if (options.json === true) writeJson(context.terminal, found);
  else context.terminal.out(writeExplanation(found, context.terminal.columns));
  return EXIT.ok;
}
