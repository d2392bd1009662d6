import { z } from 'zod';

/**
 * The parsers of environment values: text in, typed value out, nothing coerced silently.
 * Each is a zod schema from string to value; its `expects` says what it takes, in words that
 * complete "expected ...". The refusal of a value and the documentation show the same words.
 */
export type Parser<Value> = z.ZodType<Value, string>;

const EXPECTS = 'expects';

/** What a parser takes, for documentation and refusals. */
export function expectationOf(parser: Parser<unknown>): string {
  const expects = parser.meta()?.[EXPECTS];
  if (typeof expects !== 'string') throw new TypeError('a parser without an expectation');
  return expects;
}

/** Marks a text that a parser does not take. */
const REFUSED = Symbol('refused');

function parser<Value>(
  expects: string,
  parse: (text: string) => Value | typeof REFUSED,
): Parser<Value> {
  return z
    .string()
    .transform((text, context): Value => {
      const value = parse(text);
      if (value !== REFUSED) return value;
      context.addIssue({ code: 'custom', message: `expected ${expects}` });
      return z.NEVER;
    })
    .meta({ [EXPECTS]: expects });
}

/** Any text that is not empty and has no white space at its ends. */
export const text = (expects = 'a text without white space at its ends'): Parser<string> =>
  parser(expects, (given) => (given === '' || given.trim() !== given ? REFUSED : given));

/** A text of one pattern; `expects` says in words what the pattern takes. */
export const pattern = (shape: RegExp, expects: string): Parser<string> =>
  parser(expects, (given) => (shape.test(given) ? given : REFUSED));

/** One of a few words, exactly as written. */
export const choice = <const Words extends readonly string[]>(
  words: Words,
): Parser<Words[number]> =>
  parser(`one of ${words.join(', ')}`, (given) => words.find((word) => word === given) ?? REFUSED);

const TRUE_WORDS = new Set(['1', 'true', 'yes', 'on']);
const FALSE_WORDS = new Set(['0', 'false', 'no', 'off']);

/** A switch: 1/true/yes/on or 0/false/no/off, in any case. */
export const flag = (): Parser<boolean> =>
  parser('1, true, yes, on or 0, false, no, off', (given) => {
    const word = given.toLowerCase();
    if (TRUE_WORDS.has(word)) return true;
    return FALSE_WORDS.has(word) ? false : REFUSED;
  });

/** The least and the most a number may be, both included. */
export interface Bounds {
  min: number;
  max: number;
}

const within = (value: number, { min, max }: Bounds): boolean => value >= min && value <= max;

/** A whole number in decimal digits: no sign but a leading minus, no exponent, no leading zero. */
export const integer = (bounds: Bounds): Parser<number> =>
  parser(`a whole number from ${bounds.min} to ${bounds.max}`, (given) => {
    if (!/^(0|-?[1-9]\d{0,15})$/.test(given)) return REFUSED;
    return within(Number(given), bounds) ? Number(given) : REFUSED;
  });

/** A share of a whole: a decimal number from 0 to 1. */
export const share = (): Parser<number> =>
  parser('a number from 0 to 1, such as 0.05', (given) =>
    /^(0|1|0\.\d{1,6})$/.test(given) ? Number(given) : REFUSED,
  );

const readUnits = (given: string, units: Readonly<Record<string, number>>): number | null => {
  const found = /^(0|[1-9]\d{0,12})([a-zA-Z]*)$/.exec(given);
  const factor = found === null ? undefined : units[found[2] ?? ''];
  return found === null || factor === undefined ? null : Number(found[1]) * factor;
};

const writeUnits = (value: number, units: Readonly<Record<string, number>>): string => {
  const fitting = Object.entries(units).filter(([, factor]) => value % factor === 0);
  const [unit, factor] = fitting.at(-1) ?? ['', 1];
  return value === 0 ? `0${Object.keys(units)[0] ?? ''}` : `${value / factor}${unit}`;
};

const TIME_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time with its unit, `250ms` `10s` `5m` `1h` `7d`; the value is in milliseconds. */
export const duration = (bounds: Bounds): Parser<number> => {
  const range = `${writeUnits(bounds.min, TIME_UNITS)} to ${writeUnits(bounds.max, TIME_UNITS)}`;
  return parser(`a time with its unit (ms, s, m, h, d) from ${range}`, (given) => {
    const value = readUnits(given, TIME_UNITS);
    return value !== null && within(value, bounds) ? value : REFUSED;
  });
};

const SIZE_UNITS = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824, TiB: 1_099_511_627_776 };

/** A size with its unit, `512B` `64KiB` `1MiB` `2GiB`; the value is in bytes. */
export const size = (bounds: Bounds): Parser<number> => {
  const range = `${writeUnits(bounds.min, SIZE_UNITS)} to ${writeUnits(bounds.max, SIZE_UNITS)}`;
  return parser(`a size with its unit (B, KiB, MiB, GiB, TiB) from ${range}`, (given) => {
    const value = readUnits(given, SIZE_UNITS);
    return value !== null && within(value, bounds) ? value : REFUSED;
  });
};

/** A comma-separated list of 1 to 64 entries, each taken by `entry`; blanks around commas are dropped. */
export const list = <Value>(entry: Parser<Value>): Parser<Value[]> =>
  parser(`a comma-separated list, each entry ${expectationOf(entry)}`, (given) => {
    const parts = given.split(',').map((part) => entry.safeParse(part.trim()));
    if (parts.length > LIST_ENTRIES_MAX) return REFUSED;
    const values = parts.flatMap((part) => (part.success ? [part.data] : []));
    return values.length === parts.length ? values : REFUSED;
  });

const LIST_ENTRIES_MAX = 64;
