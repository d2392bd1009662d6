import type { JsonValue } from '@refold/contracts';
import { addDecimals } from '../decimal.js';
import { isJsonObject, type JsonObject } from '../members.js';

/** Most currencies a run adds up; costs in further ones are counted, not added. */
export const CURRENCIES_MAX = 16;

/** Where costs without a currency are added up. */
export const NO_CURRENCY = 'unspecified';

/** What the events of a run used, added up. Members that are zero are left out. */
export type UsageTotals = {
  input_tokens?: number;
  output_tokens?: number;
  /** Exact decimal text per currency. */
  cost?: { [currency: string]: string };
  /** Events whose cost is not in `cost`, because the run has {@link CURRENCIES_MAX} currencies. */
  uncounted_costs?: number;
};

const countOf = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0);

function addCost(totals: UsageTotals, usage: JsonObject): void {
  const { cost, currency } = usage;
  if (typeof cost !== 'number' && typeof cost !== 'string') return;
  const name = typeof currency === 'string' ? currency : NO_CURRENCY;
  const sums = totals.cost ?? {};
  const sum = Object.hasOwn(sums, name) ? sums[name] : undefined;
  if (sum === undefined && Object.keys(sums).length >= CURRENCIES_MAX) {
    totals.uncounted_costs = (totals.uncounted_costs ?? 0) + 1;
    return;
  }
  totals.cost = { ...sums, [name]: addDecimals(sum ?? '0', cost) };
}

/**
 * The totals with the `usage` of one more event; the same object when there is nothing to add.
 * @param usage Valid by `usageSchema`, or anything else, which adds nothing.
 */
export function addUsage(
  totals: UsageTotals | undefined,
  usage: JsonValue | undefined,
): UsageTotals | undefined {
  if (!isJsonObject(usage)) return totals;
  const next: UsageTotals = { ...totals };
  const [input, output] = [countOf(usage['input_tokens']), countOf(usage['output_tokens'])];
  if (input > 0) next.input_tokens = (next.input_tokens ?? 0) + input;
  if (output > 0) next.output_tokens = (next.output_tokens ?? 0) + output;
  addCost(next, usage);
  return Object.keys(next).length === 0 ? totals : next;
}
