import type { DeadLetterWithValueReply } from '@refold/contracts';
import { type NewOperation } from '@refold/client';
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
import { readText } from './read-text.js';

/** Options that name one dead letter. */
export interface LetterOptions extends GlobalOptions {
  projection: NewOperation['projection'];
  partition: number;
  offset: number;
}

/** Options of `refold dead-letters republish`. */
export interface RepublishOptions extends CarryOutOptions, LetterOptions {
  /** A file with the value of the record that is written, where it is not that of the letter. */
  record?: string;
}

function writeLetter(letter: DeadLetterWithValueReply): string {
  return writeTable([
    ['place', `${letter.topic}/${letter.partition} offset ${letter.offset}`],
    ['recorded', letter.recorded_at],
    ['reason', printable(letter.reason)],
    ['key', letter.key === null ? '-' : printable(letter.key)],
    ['republished by', letter.republished_by ?? '-'],
    ['value', letter.value === null ? 'no longer on the log' : printable(letter.value)],
  ]);
}

/** `refold dead-letters show`: the letter with its value. */
export async function showDeadLetter(
  context: CommandContext,
  options: LetterOptions,
): Promise<ExitCode> {
  const { projection, partition, offset } = options;
  const { signal } = context;
  const client = clientOf(context, options, IMPATIENT);
  const { body } = await client.getDeadLetter(projection, partition, offset, { signal });
  if (options.json === true) writeJson(context.terminal, body);
  else context.terminal.out(writeLetter(body));
  return EXIT.ok;
}

/** @throws UsageError for a file that holds no JSON object */
async function valueIn(path: string): Promise<Record<string, unknown>> {
  const text = await readText(path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (error) {
    throw new UsageError(`${path}: expected the value of a record, a JSON object`, {
      cause: error,
    });
  }
  throw new UsageError(`${path}: expected the value of a record, a JSON object`);
}

/** `refold dead-letters republish`: a dead letter is written once more, mostly mended. */
export async function republishLetter(
  context: CommandContext,
  options: RepublishOptions,
): Promise<ExitCode> {
  const { projection, partition, offset, record: path } = options;
  const record = path === undefined ? {} : { record: { value: await valueIn(path) } };
  const target = { target: 'letter', partition, offset, ...record } as const;
  return planOrCarryOut(context, { verb: 'republish', projection, arguments: target }, options);
}
