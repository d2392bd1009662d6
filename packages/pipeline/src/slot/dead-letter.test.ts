import { describe, expect, it } from 'vitest';
import { LETTER_BYTES_MAX, LETTER_TEXT_BYTES_MAX, cutLetter } from './dead-letter.js';
import type { DeadLetter } from './dead-letter.js';

const LETTER: DeadLetter = {
  topic: 't'.repeat(249),
  partition: 9_999,
  offset: Number.MAX_SAFE_INTEGER,
  reason: 'not ours',
  key: 'k',
  value: 'v',
  timestamp: Number.MAX_SAFE_INTEGER,
};

const bytesOf = (letter: DeadLetter): number => Buffer.byteLength(JSON.stringify(letter));

describe('cutLetter', () => {
  it('leaves a letter that fits as it is', () => {
    expect(cutLetter(LETTER)).toEqual(LETTER);
    expect(cutLetter({ ...LETTER, key: null, value: null })).toMatchObject({
      key: null,
      value: null,
    });
  });

  it.each([
    ['control characters', '\0'],
    ['quotes', '"'],
    ['letters', 'x'],
    ['letters of two bytes', 'ä'],
    ['letters of three bytes', '界'],
    ['pairs', '😀'],
    ['lone surrogates', '\ud800'],
  ])('bounds the bytes of its JSON text: %s', (_name, char) => {
    const long = char.repeat(190_000 / char.length) + char.repeat(100_000);
    const letter = { ...LETTER, reason: long, key: long, value: long };
    expect(bytesOf(letter)).toBeGreaterThan(LETTER_BYTES_MAX);
    const cut = cutLetter(letter);
    const bytes = Buffer.byteLength(long);
    expect(bytesOf(cut)).toBeLessThanOrEqual(LETTER_BYTES_MAX);
    expect(bytesOf(cut)).toBeGreaterThan(LETTER_BYTES_MAX - 5_000);
    expect(cut.cut).toEqual({ reason: bytes, key: bytes, value: bytes });
    expect(long.startsWith(cut.value ?? '-')).toBe(true);
    expect(Buffer.byteLength(JSON.stringify(cut.key)) - 2).toBeLessThanOrEqual(
      LETTER_TEXT_BYTES_MAX,
    );
    expect((cut.value ?? '').length % char.length).toBe(0);
  });

  it('keeps the size of the original when it is cut again', () => {
    const once = cutLetter({ ...LETTER, value: '\0'.repeat(190_000) });
    expect(once.cut).toEqual({ value: 190_000 });
    expect(cutLetter(once)).toEqual(once);
  });
});
