import { isLinear } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { idempotencyKeySchema, parseIdempotencyKey } from './idempotency-key.js';
import { parsePrefer } from './prefer.js';

describe('the Prefer header', () => {
  it.each<[string | string[] | undefined, boolean, number | null]>([
    [undefined, false, null],
    ['', false, null],
    ['respond-async', true, null],
    ['Respond-Async', true, null],
    ['wait=5', false, 5_000],
    ['wait = "5"', false, 5_000],
    ['respond-async, wait=10', true, 10_000],
    ['wait=0', false, 0],
    [['return=minimal', 'wait=3'], false, 3_000],
    ['handling=lenient; a="x, wait=9"; b, wait=2', false, 2_000],
    ['foo="a\\",respond-async", wait=1', false, 1_000],
    ['wait=1, wait=2', false, 1_000],
  ])('%j', (header, respondAsync, waitMs) => {
    expect(parsePrefer(header)).toEqual({ respondAsync, waitMs });
  });

  it.each(['wait', 'wait=', 'wait=-1', 'wait=1.5', 'wait=5s', 'wait=1e3', 'wait=9999999', '="x"'])(
    'ignores %s',
    (header) => expect(parsePrefer(header)).toEqual({ respondAsync: false, waitMs: null }),
  );

  // The first of the last four took for ever when blanks could be read in two ways.
  it.each<[string, (blanks: string) => string]>([
    ['a quote that is not closed', (blanks) => `wait="${blanks}`],
    ['parameters', (blanks) => blanks.replaceAll(' ', 'a;')],
    ['quotes', (blanks) => blanks.replaceAll(' ', '"')],
    ['escapes', (blanks) => blanks.replaceAll(' ', 'a;"\\')],
    ['blank parameters', (blanks) => `a${blanks.replaceAll(' ', '; ')}"`],
    ['blanks before a value', (blanks) => `a=${blanks}x`],
    ['blanks around a sign', (blanks) => `a${blanks}=${blanks}"`],
    ['blanks after a semicolon', (blanks) => `a;${blanks}"`],
    ['blanks within a value', (blanks) => `a=b${blanks}c`],
  ])('is read in linear time: %s', (_, textOf) => {
    const reading = (length: number) => {
      const text = textOf(' '.repeat(length));
      return () => void parsePrefer(text);
    };
    expect(isLinear(10_000, reading)).toBe(true);
  });
});

describe('the Idempotency-Key header', () => {
  it.each([
    ['abc', 'abc'],
    ['"abc"', 'abc'],
    ['  abc  ', 'abc'],
    ['a b', 'a b'],
    ['"a \\"b\\" \\\\"', 'a "b" \\'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('%s is the key %s', (header, key) => expect(parseIdempotencyKey(header)).toEqual({ key }));

  it('may be absent', () => expect(parseIdempotencyKey(undefined)).toEqual({ key: null }));

  it.each(['', '   ', '""', '"abc', '"a"b"', 'ä', 'a\tb', 'x'.repeat(256), '"a\\b"'])(
    'refuses %j',
    (header) => expect(parseIdempotencyKey(header)).toHaveProperty('expected'),
  );
});

describe('the key in a body', () => {
  it('is trimmed; blank, null and absent mean none', () => {
    expect(idempotencyKeySchema.parse(' k ')).toBe('k');
    for (const none of ['', '  ', null, undefined]) {
      expect(idempotencyKeySchema.parse(none)).toBeUndefined();
    }
  });

  it.each([5, false, 'x'.repeat(256)])('refuses %j', (key) =>
    expect(idempotencyKeySchema.safeParse(key).success).toBe(false),
  );
});
