import { median, spread } from './statistics.js';

/** What a ratio owes: the product's floor or ceiling, and where that comes from. */
export interface Bound {
  side: 'at least' | 'at most';
  value: number;
  /** Where the value comes from, for the reader of the page. */
  because: string;
}

/** One line of the table of ratios. */
export interface Finding {
  /** The name in the table of targets. */
  metric: string;
  what: string;
  /** Median and range, and what they were computed from. */
  measured: string;
  owed: string;
  /** Whether the median keeps the bound; null where nothing is owed. */
  met: boolean | null;
}

/** A finding that only reports. */
export const reported = (metric: string, what: string, measured: string): Finding => ({
  metric,
  what,
  measured,
  owed: 'reported',
  met: null,
});

/**
 * A finding whose median is held against a bound.
 * @param values One per pair.
 * @param digits Digits behind the point.
 * @param detail What the values were computed from; empty for nothing.
 */
export function judged(
  name: Pick<Finding, 'metric' | 'what'>,
  values: readonly number[],
  digits: number,
  bound: Bound,
  detail = '',
): Finding {
  const { side, value, because } = bound;
  const middle = median(values);
  const met = side === 'at least' ? middle >= value : middle <= value;
  const sign = side === 'at least' ? '≥' : '≤';
  const measured = spread(values, digits) + (detail === '' ? '' : `; ${detail}`);
  const owed = `${sign} ${value} (${because}): ${met ? 'met' : 'NOT met'}`;
  return { ...name, measured, owed, met };
}
