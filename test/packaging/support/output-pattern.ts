import type { PageBlock } from './page-blocks.js';

/** Stands for anything that differs from one machine and one minute to the next. */
const ANYTHING = '…';

const escape = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const textPattern = (expected: string): RegExp =>
  new RegExp(`^${expected.split(ANYTHING).map(escape).join('.+?')}$`);

function faultOfLines(expected: string, actual: string): string | null {
  const wanted = expected.trim().split('\n');
  const got = actual.trim().split('\n');
  const at = wanted.findIndex((line, index) => {
    const printed = got[index];
    return printed === undefined || !textPattern(line.trimEnd()).test(printed.trimEnd());
  });
  if (at >= 0) return `expected the line '${wanted[at]}', got '${got[at] ?? 'nothing'}'`;
  if (got.length > wanted.length) return `printed more: '${got[wanted.length]}'`;
  return null;
}

type Members = Record<string, unknown>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function faultOfMembers(expected: Members, actual: Members, at: string): string | null {
  const open = ANYTHING in expected;
  const named = Object.keys(expected).filter((name) => name !== ANYTHING);
  for (const name of named) {
    if (!(name in actual)) return `${at}/${name} is missing`;
    const fault = faultOfJson(expected[name], actual[name], `${at}/${name}`);
    if (fault !== null) return fault;
  }
  const more = Object.keys(actual).filter((name) => !named.includes(name));
  return open || more.length === 0
    ? null
    : `${at} has members that the page leaves out: ${more.join(', ')}`;
}

function faultOfJson(expected: unknown, actual: unknown, at: string): string | null {
  if (isMembers(expected) && isMembers(actual)) return faultOfMembers(expected, actual, at);
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return `${at} has ${actual.length} elements`;
    return expected.reduce<string | null>(
      (fault, element, index) => fault ?? faultOfJson(element, actual[index], `${at}/${index}`),
      null,
    );
  }
  if (typeof expected === 'string' && typeof actual === 'string') {
    return textPattern(expected).test(actual) ? null : `${at} is '${actual}', not '${expected}'`;
  }
  return Object.is(expected, actual)
    ? null
    : `${at} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
}

/**
 * How an output differs from what a page says; null: it is as the page says. `…` stands for one or
 * more characters of a line; as a member of a JSON object it stands for further members.
 */
export function faultOfOutput(expected: PageBlock, actual: string): string | null {
  if (expected.language === 'text') return faultOfLines(expected.text, actual);
  try {
    return faultOfJson(JSON.parse(expected.text), JSON.parse(actual), '');
  } catch (error) {
    return `no JSON (${String(error)}): '${actual.slice(0, 500)}'`;
  }
}
