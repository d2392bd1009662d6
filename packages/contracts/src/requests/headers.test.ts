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

  it('stays fast on hostile text', () => {
    const started = performance.now();
    const blanks = ' '.repeat(9_000);
    for (const text of ['wait="', 'a;'.repeat(9_000), '"'.repeat(9_000), 'a;"\\'.repeat(5_000)]) {
      parsePrefer(text.padEnd(20_000, ' '));
    }
    for (const text of [
      `a${'; '.repeat(9_000)}"`,
      `a=${blanks}x`,
      `a${blanks}=${blanks}"`,
      `a;${blanks}"`,
      `a=b${blanks}c`,
    ]) {
      parsePrefer(text); // The first of them took for ever when blanks could be read in two ways.
    }
    expect(performance.now() - started).toBeLessThan(1_000);
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
