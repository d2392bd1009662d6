import { describe, expect, it } from 'vitest';
import { median, pairedRatios, percentile, spread } from './statistics.js';

describe('median', () => {
  it('is the middle value, whatever the order, and leaves its input alone', () => {
    const values = [9, 1, 5];
    expect(median(values)).toBe(5);
    expect(values).toEqual([9, 1, 5]);
  });

  it('is the mean of the two middle values of an even count', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('sorts by number, not by text', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('spread', () => {
  it('shows median and range with the digits asked for', () => {
    expect(spread([0.25, 0.3, 0.21], 2)).toBe('0.25 (0.21-0.30)');
  });

  it('shows one value without a range', () => {
    expect(spread([1234.5678], 1)).toBe('1234.6');
  });
});

describe('percentile', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, at) => at + 1);

  it('is the nearest rank', () => {
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile(hundred, 0)).toBe(1);
  });

  it('of one value is that value, of nothing not a number', () => {
    expect(percentile(Float64Array.of(7), 0.99)).toBe(7);
    expect(percentile(new Float64Array(0), 0.5)).toBeNaN();
  });
});

describe('paired ratios', () => {
  it('divide within a pair, so that a box that slows down does not count', () => {
    expect(pairedRatios([10, 5], [20, 10])).toEqual([0.5, 0.5]);
  });

  it('refuse values that are no pairs', () => {
    expect(() => pairedRatios([1, 2], [1])).toThrow(RangeError);
  });
});
