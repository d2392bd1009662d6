import { createInterface } from 'node:readline/promises';

/** Where a command writes. Results go to `out`, everything for people meanwhile to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** True when a person watches `err`: progress may redraw its line. */
  interactive: boolean;
  /** Asks a question that is answered with yes or no; absent: nobody is there to answer. */
  confirm?: (question: string) => Promise<boolean>;
}

async function confirm(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } catch (error) {
    // Ctrl-C and Ctrl-D say no.
    if (error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  } finally {
    prompt.close();
  }
}

/** The terminal of this process, which ends quietly when nobody reads what it writes any more, as `head` does. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(process.exitCode ?? 0);
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY,
    ...(process.stdin.isTTY ? { confirm } : {}),
  };
}

/** What would move a cursor, colour a terminal or turn its letters round. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text of strangers as a terminal may show it: what is not printable is written as an escape. */
export const printable = (text: string): string =>
  text.replaceAll(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );

/** Columns padded to their widest cell; numbers to the right. */
export function writeTable(rows: readonly (readonly (string | number)[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...rows.map((row) => cell(row[at]).length)),
  );
  return rows.map((row) => `${writeRow(row, widths)}\n`).join('');
}

const cell = (value: string | number | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : (value ?? '');

const writeRow = (row: readonly (string | number)[], widths: readonly number[]): string =>
  widths
    .map((width, at) =>
      typeof row[at] === 'number' ? cell(row[at]).padStart(width) : cell(row[at]).padEnd(width),
    )
    .join('  ')
    .trimEnd();
