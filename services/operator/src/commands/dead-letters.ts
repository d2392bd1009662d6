import { LETTER_PROJECTIONS, type DeadLetter, type LetterProjection } from '@refold/client';
import { EXIT, type ExitCode } from '../failure.js';
import { printable, writeTable } from '../terminal.js';
import {
  clientOf,
  IMPATIENT,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';

/** Options of `refold dead-letters list`. */
export interface DeadLettersOptions extends GlobalOptions {
  projection?: LetterProjection;
  partition?: number;
  limit: number;
}

/** Most letters that one call shows, and how many if nobody says. */
export const LETTERS_MAX = 10_000;
export const LETTERS_DEFAULT = 50;

/** Most letters that a server gives at once. */
const PAGE_MAX = 200;

/** Most characters of a key that a table shows. */
const KEY_MAX = 40;

interface Found {
  letters: DeadLetter[];
  /** There are more than were asked for. */
  more: boolean;
}

async function find(context: CommandContext, options: DeadLettersOptions): Promise<Found> {
  const client = clientOf(context, options, IMPATIENT);
  const { partition, limit } = options;
  const letters: DeadLetter[] = [];
  const projections = options.projection === undefined ? LETTER_PROJECTIONS : [options.projection];
  for (const projection of projections) {
    const filter = { partition, limit: Math.min(limit + 1, PAGE_MAX), signal: context.signal };
    for await (const letter of client.iterateDeadLetters(projection, filter)) {
      if (letters.length === limit) return { letters, more: true };
      letters.push(letter);
    }
  }
  return { letters, more: false };
}

/** Whoever may write to a topic says what stands there, so nothing of it reaches a terminal as it is. */
function keyText({ key }: DeadLetter): string {
  if (key === null) return '-';
  const text = printable(key);
  return text.length > KEY_MAX ? `${text.slice(0, KEY_MAX - 1)}…` : text;
}

function writeLetters({ letters, more }: Found, columns?: number): string {
  if (letters.length === 0) return 'No dead letter.\n';
  const head = [
    'topic',
    'partition',
    'offset',
    'recorded',
    'bytes',
    'key',
    'republished',
    'reason',
  ];
  const rows = letters.map((letter) => [
    letter.topic,
    String(letter.partition),
    String(letter.offset),
    letter.recorded_at,
    letter.bytes,
    keyText(letter),
    letter.republished_by === undefined ? '-' : 'yes',
    printable(letter.reason),
  ]);
  return (
    writeTable([head, ...rows], columns) +
    (more ? 'There are more: give --limit or --partition.\n' : '')
  );
}

/** `refold dead-letters list`: the records that could not be folded, where they stand and why. */
export async function listDeadLetters(
  context: CommandContext,
  options: DeadLettersOptions,
): Promise<ExitCode> {
  const found = await find(context, options);
  if (options.json === true) {
    writeJson(context.terminal, { dead_letters: found.letters, more: found.more });
  } else {
    context.terminal.out(writeLetters(found, context.terminal.columns));
  }
  return EXIT.ok;
}
