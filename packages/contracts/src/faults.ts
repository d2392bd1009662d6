import type { z } from 'zod';
import { escapePointer } from './json.js';

/** One member that is not as expected: its JSON Pointer ('' is the whole value) and what was expected. */
export interface Fault {
  pointer: string;
  expected: string;
}

type Issue = z.core.$ZodIssue;

const TYPE_WORDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  null: 'null',
};

const UNITS: Record<string, string> = { string: ' characters', array: ' elements' };

const bounded = (side: 'at least' | 'at most', origin: string, bound: number | bigint): string =>
  `${side} ${bound}${UNITS[origin] ?? ''}`;

/** In our own words, so that a verdict does not depend on the wording of a library version. */
function expectationOf(issue: Issue): string {
  // Schemas that explain themselves say `expected …`; the library's own messages begin otherwise.
  if (issue.message.startsWith('expected ')) return issue.message.slice('expected '.length);
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_WORDS[issue.expected] ?? `a value of type ${issue.expected}`;
    case 'too_small':
      return bounded('at least', issue.origin, issue.minimum);
    case 'too_big':
      return bounded('at most', issue.origin, issue.maximum);
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    default:
      return issue.message;
  }
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((member) => `/${escapePointer(String(member))}`).join('');

/** Every member a schema refused, in the order of the schema. */
export function faultsOf(error: z.core.$ZodError): Fault[] {
  return error.issues.flatMap((issue) => {
    const pointer = pointerOf(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((member) => ({
        pointer: `${pointer}/${escapePointer(member)}`,
        expected: 'no member of this name',
      }));
    }
    return [{ pointer, expected: expectationOf(issue) }];
  });
}
