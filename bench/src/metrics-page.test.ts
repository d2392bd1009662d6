import { describe, expect, it } from 'vitest';
import { growth, readMetrics, sumOf, taken } from './metrics-page.js';

const page = (count: number, sum: number) =>
  readMetrics(
    [
      '# HELP a_seconds Time.',
      '# TYPE a_seconds histogram',
      'a_seconds_bucket{le="0.1",topic="x.runs",service="s"} 3',
      `a_seconds_sum{topic="x.runs",service="s"} ${sum}`,
      `a_seconds_count{topic="x.runs",service="s"} ${count}`,
      'a_seconds_sum{topic="y.runs",service="s"} 100',
      'a_seconds_count{topic="y.runs",service="s"} 100',
      'process_cpu_seconds_total 1.5e+2',
      'odd{text="a b"} 7',
      '',
    ].join('\n'),
  );

describe('a page of metrics', () => {
  it('is read by series, with and without labels', () => {
    expect(sumOf(page(1, 1), 'process_cpu_seconds_total')).toBe(150);
    expect(sumOf(page(1, 1), 'odd')).toBe(7);
    expect(sumOf(page(1, 1), 'absent')).toBe(0);
  });

  it('sums the series that have the labels, and no metric whose name only begins alike', () => {
    expect(sumOf(page(4, 1), 'a_seconds_count')).toBe(104);
    expect(sumOf(page(4, 1), 'a_seconds_count', ['topic="x.runs"'])).toBe(4);
    expect(sumOf(page(4, 1), 'a_seconds_count', ['service="s"', 'topic="x.runs"'])).toBe(4);
    expect(sumOf(page(4, 1), 'a_seconds')).toBe(0);
  });

  it('says what came between two pages', () => {
    expect(growth(page(4, 1), page(10, 1), 'a_seconds_count')).toBe(6);
    expect(taken(page(4, 1), page(10, 4), 'a_seconds', ['topic="x.runs"'])).toEqual({
      count: 6,
      mean: 0.5,
    });
    expect(taken(page(4, 1), page(4, 1), 'a_seconds').mean).toBeNaN();
  });
});
