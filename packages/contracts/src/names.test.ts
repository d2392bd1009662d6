import { describe, expect, it } from 'vitest';
import { isName, NOT_BLANK_NAME, TRIMMED_NAME, trimmedNameBehind } from './names.js';

const UNNAMEABLE = ['\u0000', '\n', '\u001f', '\u007f', '\u0080', '\u009f', '\ud800', '\udfff'];
const NAMEABLE = [' ', '~', '\u00a0', 'é', '\ud7ff', '\ue000', '\uffff', '🏃', '\u2028'];

describe('a name', () => {
  it.each(UNNAMEABLE)('holds no %j', (character) => {
    expect(isName(`a${character}b`)).toBe(false);
    expect(isName(character)).toBe(false);
  });

  it.each(NAMEABLE)('may hold %j', (character) => {
    expect(isName(`a${character}b`)).toBe(true);
  });

  it('is encoded unlike every other name', () => {
    const encoded = (text: string): string => Buffer.from(text).toString('hex');
    expect(encoded('g\ud800')).toBe(encoded('g\ud801'));
    expect(isName('g\ud800') || isName('g\ud801')).toBe(false);
  });
});

describe('the patterns that describe names', () => {
  const matches = (pattern: string, text: string): boolean => new RegExp(pattern, 'u').test(text);

  it.each<[text: string, trimmed: boolean, notBlank: boolean, behind: boolean]>([
    ['', true, false, false],
    [' ', true, false, false],
    ['\n', true, false, false],
    ['a', true, true, true],
    [' a b ', true, true, true],
    ['\ta\n', true, false, true],
    ['a\nb', false, false, false],
    ['\u0000', false, false, false],
    [' \ud800', false, false, false],
    ['🏃', true, true, true],
  ])('say of %j what its check says', (text, trimmed, notBlank, behind) => {
    expect(isName(text.trim())).toBe(trimmed);
    expect(matches(TRIMMED_NAME, text)).toBe(trimmed);
    expect(matches(NOT_BLANK_NAME, text)).toBe(notBlank);
    expect(isName(text) && text.trim() !== '').toBe(notBlank);
    expect(matches(trimmedNameBehind(''), text)).toBe(behind);
  });
});
