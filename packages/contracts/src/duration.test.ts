import { describe, expect, it } from 'vitest';
import { parseDuration, parseIsoDuration } from './duration.js';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['5s', 5_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '5', 's', '-1s', '+1s', '1.5s', '05s', '1e3ms', ' 5s', '5s ', '5S', '5s5s', '5d'])(
    'refuses "%s"',
    (text) => expect(parseDuration(text)).toBeNull(),
  );
});

describe('parseIsoDuration', () => {
  it.each([
    ['PT0S', 0],
    ['P1D', 86_400_000],
    ['P1DT2H', 93_600_000],
    ['PT90M', 5_400_000],
    ['pt1.5s', 1_500],
    ['P2DT3H4M5.006S', 183_845_006],
  ])('reads %s', (text, ms) => expect(parseIsoDuration(text)).toBe(ms));

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    '1D',
    'P1H',
    'PT1D',
    '-P1D',
    'P-1D',
    'P1Y',
    'P1W',
    'PT1S1M',
    'P1D ',
  ])('refuses "%s"', (text) => expect(parseIsoDuration(text)).toBeNull());
});
