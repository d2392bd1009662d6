import { describe, expect, it } from 'vitest';
import { parseDatetime, timeBefore } from './reset-time.js';

describe('a time as the stock tool takes it', () => {
  it.each([
    ['2026-03-01T12:30:00.000', '2026-03-01T12:30:00.000Z'],
    ['2026-03-01T12:30:00', '2026-03-01T12:30:00.000Z'],
    ['2026-03-01T12:30:00.5Z', '2026-03-01T12:30:00.500Z'],
    ['2026-03-01T12:30:00.000+02:00', '2026-03-01T10:30:00.000Z'],
    ['2026-03-01T12:30:00.000-0530', '2026-03-01T18:00:00.000Z'],
    ['2026-03-01T12:30:00.000+05', '2026-03-01T07:30:00.000Z'],
    ['2024-02-29T00:00:00', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, utc) => expect(new Date(parseDatetime(text)).toISOString()).toBe(utc));

  it.each([
    '',
    'yesterday',
    '2026-03-01',
    '2026-03-01 12:30:00',
    '2026-02-30T00:00:00',
    '2026-13-01T00:00:00',
    '2026-03-01T24:00:01',
    '2026-03-01T12:30',
    '2026-03-01T12:30:00.0000',
    '2026-03-01T12:30:00+25:00',
    '2026-03-01T12:30:00+00:60',
    '1969-12-31T23:59:59',
  ])('"%s" is refused, with what was expected', (text) => {
    expect(() => parseDatetime(text)).toThrow(
      expect.objectContaining({
        name: 'ArgumentRefused',
        field: 'datetime',
        expected: expect.stringContaining('UTC') as string,
      }),
    );
  });
});

describe('a duration', () => {
  it('is counted back from now, not beyond the epoch', () => {
    expect(timeBefore('P1DT2H', 100_000_000)).toBe(100_000_000 - 93_600_000);
    expect(timeBefore('P2D', 1000)).toBe(0);
  });

  it.each(['1h', '-PT1H', 'P1M', ''])('"%s" is refused', (text) => {
    expect(() => timeBefore(text, 0)).toThrow(expect.objectContaining({ field: 'duration' }));
  });
});
