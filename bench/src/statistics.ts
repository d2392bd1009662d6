/** The middle value; the mean of the two middle ones for an even count; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[at - 1], sorted[at]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** `median (min-max)`, with as many digits as `digits` says; a single value stands alone. */
export function spread(values: readonly number[], digits: number): string {
  const show = (value: number): string => value.toFixed(digits);
  const middle = show(median(values));
  if (values.length < 2) return middle;
  return `${middle} (${show(Math.min(...values))}-${show(Math.max(...values))})`;
}

/**
 * The value below which `share` (0-1) of the values lie, by nearest rank; NaN of nothing.
 * @param sorted Ascending.
 */
export function percentile(sorted: Float64Array, share: number): number {
  const rank = Math.ceil(sorted.length * share);
  return sorted[Math.max(0, rank - 1)] ?? Number.NaN;
}

/**
 * One ratio per pair: what was measured in the same turn is divided by each other, never a median
 * by a median. @throws RangeError when the two are not pairs.
 */
export function pairedRatios(over: readonly number[], under: readonly number[]): number[] {
  if (over.length !== under.length) {
    throw new RangeError(`${over.length} values are no pairs with ${under.length}`);
  }
  return over.map((value, pair) => value / (under[pair] ?? Number.NaN));
}
