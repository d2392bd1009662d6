import { describe, expect, it } from 'vitest';
import { NOT_BLANK, ONLY_BLANK, trimmed } from './blank.js';

describe('the expressions for blanks', () => {
  it('say of every character what trim does', () => {
    for (let code = 0; code <= 0x10_ff_ff; code++) {
      const text = String.fromCodePoint(code);
      const blank = text.trim() === '';
      if (new RegExp(ONLY_BLANK, 'u').test(text) === blank) continue;
      expect.fail(`U+${code.toString(16)} is ${blank ? '' : 'not '}blank`);
    }
    expect(new RegExp(NOT_BLANK, 'u').test(' \t\n')).toBe(false);
    expect(new RegExp(NOT_BLANK, 'u').test(' a ')).toBe(true);
    expect(new RegExp(trimmed('ab'), 'u').test('\u{feff}ab\n')).toBe(true);
    expect(new RegExp(trimmed('ab'), 'u').test('a b')).toBe(false);
  });
});
