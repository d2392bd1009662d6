import { createInterface } from 'node:readline/promises';

/** Where a command writes. Results go to `out`, everything for people meanwhile to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** True when a person watches `err`: progress may redraw its line. */
  interactive: boolean;
  /** Columns that a table on `out` may take; absent: no person watches it, and nothing is shortened. */
  columns?: number;
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

/** Columns that a table may take on any terminal: a narrower one breaks its lines. */
export const COLUMNS_MIN = 120;

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
    ...(process.stdout.isTTY ? { columns: Math.max(COLUMNS_MIN, process.stdout.columns) } : {}),
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

type Row = readonly (string | number)[];

/** Narrower than this no column of texts is made, characters. */
const SHORT_MIN = 12;

const GAP = '  ';

/** Widths of columns that fit into so many together: the widest of texts are made narrower, the first one last. */
function fitted(widths: readonly number[], rows: readonly Row[], columns: number): number[] {
  const fitting = [...widths];
  const isText = (at: number): boolean => rows.every((row) => typeof row[at] !== 'number');
  let over = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - columns;
  const others = widths.map((_, at) => at).filter((at) => at > 0 && isText(at));
  for (const choice of [others, isText(0) ? [0, ...others] : others]) {
    while (over > 0) {
      const widest = choice.reduce(
        (most, at) => ((fitting[at] ?? 0) > (fitting[most] ?? 0) ? at : most),
        choice[0] ?? 0,
      );
      const width = fitting[widest] ?? 0;
      if (width <= SHORT_MIN) break;
      fitting[widest] = width - 1;
      over -= 1;
    }
  }
  return fitting;
}

const shortened = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1).replace(/[\ud800-\udbff]$/, '')}…`;

/**
 * Columns padded to their widest cell; numbers to the right.
 * @param columns Texts are shortened so that lines are no longer, for what has its whole text in a document or in a view of one.
 */
export function writeTable(rows: readonly Row[], columns = Number.POSITIVE_INFINITY): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widest = Array.from({ length: count }, (_, at) =>
    Math.max(...rows.map((row) => cell(row[at]).length)),
  );
  const widths = fitted(widest, rows, columns);
  return rows.map((row) => `${writeRow(row, widths)}\n`).join('');
}

const cell = (value: string | number | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : (value ?? '');

const writeRow = (row: Row, widths: readonly number[]): string =>
  widths
    .map((width, at) =>
      typeof row[at] === 'number'
        ? cell(row[at]).padStart(width)
        : shortened(cell(row[at]), width).padEnd(width),
    )
    .join(GAP)
    .trimEnd();
