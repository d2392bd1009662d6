import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.js';

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
