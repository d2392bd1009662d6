import { parseArgs } from 'node:util';

export const PARTS = ['all', 'replay', 'write-path'] as const;

export type Part = (typeof PARTS)[number];

/** What one run measures. */
export interface BenchOptions {
  part: Part;
  /** Interleaved pairs of the replay, and rounds of the write path. */
  pairs: number;
  /** Records on the topic that is replayed. */
  records: number;
  /** Length of one load of the write path. */
  seconds: number;
  json: boolean;
}

/** The size whose figures may be published: everything, and no less than this of it. */
export const FULL = { pairs: 9, records: 300_000, seconds: 3 } as const;

/** Whether a run of these options may write the page. */
export const isFull = ({ part, pairs, records, seconds }: BenchOptions): boolean =>
  part === 'all' && pairs >= FULL.pairs && records >= FULL.records && seconds >= FULL.seconds;

export const HELP = `npm run bench -- [${PARTS.join('|')}] [options]

Measures Refold beside its alternatives on a real Kafka and Redis that it starts itself, side by
side in one run, and prints the tables. A run of everything at full size also writes
docs/performance.md; a smaller one leaves the page alone.

  all          both parts, the default
  replay       a topic folded into Redis, beside a bare kafkajs drain of it
  write-path   single events over HTTP, beside bare fastify and a send per request

  --pairs N    interleaved pairs; full size: ${FULL.pairs}
  --records N  records on the replayed topic; full size: ${FULL.records}
  --seconds N  length of one load of the write path; full size: ${FULL.seconds}
  --json       print one JSON document instead of tables
  --help       this text

Examples:
  npm run bench
  npm run bench -- replay --pairs 1 --records 20000
  npm run bench -- write-path --pairs 1 --seconds 1 --json`;

/** The arguments make no sense; the message says which and what is expected. */
export class BadArguments extends Error {
  override readonly name = 'BadArguments';
}

function count(name: string, text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new BadArguments(`--${name} is '${text}'; expected a whole number from 1 on`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        pairs: { type: 'string' },
        records: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new BadArguments(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Reads the command line; `help` when that is what was asked for. @throws BadArguments */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help === true) return 'help';
  const [asked = 'all', ...rest] = positionals;
  const part = PARTS.find((name) => name === asked);
  if (part === undefined || rest.length > 0) {
    const given = positionals.join(' ');
    throw new BadArguments(`'${given}' cannot be measured; expected one of ${PARTS.join(', ')}`);
  }
  return {
    part,
    pairs: count('pairs', values.pairs, FULL.pairs),
    records: count('records', values.records, FULL.records),
    seconds: count('seconds', values.seconds, FULL.seconds),
    json: values.json === true,
  };
}
