import {
  LETTER_PROJECTIONS,
  type LetterProjection,
  type NewOperation,
  type ParkedStream,
} from '@refold/client';
import type { ParkedReply } from '@refold/contracts';
import { EXIT, UsageError, type ExitCode } from '../failure.js';
import { printable, writeTable } from '../terminal.js';
import {
  clientOf,
  IMPATIENT,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';
import { planOrCarryOut, type CarryOutOptions } from './operate.js';
import { kindOf } from './targets.js';

/** Options of `refold parked list`. */
export interface ParkedListOptions extends GlobalOptions {
  projection?: LetterProjection;
  partition?: number;
  error?: string;
  limit: number;
}

/** Options of `refold parked show`, and of what names one stream. */
export interface ParkedOptions extends GlobalOptions {
  projection: NewOperation['projection'];
}

/** Options of `refold parked redrive`. */
export interface RedriveOptions extends CarryOutOptions, ParkedOptions {
  all?: boolean;
  error?: string;
  partition?: number[];
}

/** Options of `refold parked skip`. */
export interface SkipOptions extends CarryOutOptions, ParkedOptions {
  offset: number;
}

/** Streams shown if nobody says. */
export const PARKED_DEFAULT = 50;

/** Most streams that a server gives at once. */
const PAGE_MAX = 200;

const subjectIn = ({ projection }: ParkedOptions, id: string): string =>
  `${kindOf(projection)}/${id}`;

function writeParked(streams: readonly ParkedStream[], more: boolean, columns?: number): string {
  if (streams.length === 0) return 'No stream stands parked.\n';
  const head = ['stream', 'partition', 'offset', 'recorded', 'waiting', 'error'];
  const rows = streams.map((one) => [
    `${one.stream.kind}/${one.stream.id}`,
    String(one.partition),
    String(one.offset),
    one.recorded_at ?? '-',
    one.waiting_events,
    printable(one.error),
  ]);
  return (
    writeTable([head, ...rows], columns) +
    (more ? 'There are more: give --limit or --error.\n' : '')
  );
}

/** `refold parked list`: the streams that stand still, and why. */
export async function listParked(
  context: CommandContext,
  options: ParkedListOptions,
): Promise<ExitCode> {
  const client = clientOf(context, options, IMPATIENT);
  const { partition, error, limit } = options;
  const found: ParkedStream[] = [];
  const names = options.projection === undefined ? LETTER_PROJECTIONS : [options.projection];
  for (const name of names) {
    const { signal } = context;
    const filter = { partition, error, limit: Math.min(limit + 1, PAGE_MAX), signal };
    for await (const one of client.iterateParked(name, filter)) {
      if (found.push(one) > limit) break;
    }
    if (found.length > limit) break;
  }
  const parked = found.slice(0, limit);
  const more = found.length > limit;
  if (options.json === true) writeJson(context.terminal, { parked, more });
  else context.terminal.out(writeParked(parked, more, context.terminal.columns));
  return EXIT.ok;
}

function writeOne(one: ParkedReply): string {
  const { event, state_before: before } = one;
  const lines = [
    ['stream', `${one.stream.kind}/${one.stream.id}`],
    ['stands at', `${one.topic}/${one.partition} offset ${one.offset}`],
    ['recorded', one.recorded_at ?? '-'],
    ['error', printable(one.error)],
    ['waiting', String(one.waiting_events)],
    ['event', event === null ? 'no longer on the log' : printable(event.event_type)],
    ['by', event === null ? '-' : printable(`${event.source} ${event.event_id}`)],
    ['payload', event === null ? '-' : printable(JSON.stringify(event.payload))],
    ['status before', before === null ? 'it had not begun' : before.status],
    ['last seq before', before === null ? '0' : String(before.last_seq)],
    ['document before', before === null ? '-' : printable(JSON.stringify(before.views))],
  ];
  return writeTable(lines);
}

/** `refold parked show`: the event, the error and the stream before it. */
export async function showParked(
  context: CommandContext,
  id: string,
  options: ParkedOptions,
): Promise<ExitCode> {
  const { signal } = context;
  const client = clientOf(context, options, IMPATIENT);
  const { body } = await client.getParked(options.projection, id, { signal });
  if (options.json === true) writeJson(context.terminal, body);
  else context.terminal.out(writeOne(body));
  return EXIT.ok;
}

/** `refold parked redrive`: parked streams are folded again, by the build that runs now. */
export async function redriveParked(
  context: CommandContext,
  id: string | undefined,
  options: RedriveOptions,
): Promise<ExitCode> {
  const { projection, partition: partitions, all = false, error } = options;
  const given = [id !== undefined, all, error !== undefined].filter(Boolean).length;
  if (given !== 1) throw new UsageError('expected exactly one of an ID, --error or --all');
  const target =
    id === undefined
      ? ({ target: 'parked', ...(error === undefined ? {} : { error }) } as const)
      : ({ target: 'run', subject: subjectIn(options, id) } as const);
  const asked = { verb: 'redrive', projection, partitions, arguments: target } as const;
  return planOrCarryOut(context, asked, options);
}

/** `refold parked skip`: a stream goes on without the event at which it stands. */
export const skipParked = (
  context: CommandContext,
  id: string,
  options: SkipOptions,
): Promise<ExitCode> => {
  const { projection, offset } = options;
  const target = { target: 'claim', subject: subjectIn(options, id), offset } as const;
  return planOrCarryOut(context, { verb: 'skip', projection, arguments: target }, options);
};
