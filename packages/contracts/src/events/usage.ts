import { z } from 'zod';
import { optionalText } from './members.js';

/** Most tokens one event may report. */
export const TOKENS_MAX = 1_000_000_000;

const tokens = z.number().int().min(0).max(TOKENS_MAX).nullish();

/** A decimal without sign or exponent, at most 15 digits before and 18 after the point. */
const DECIMAL = /^[0-9]{1,15}(\.[0-9]{1,18})?$/;

const COST = { error: 'expected a number of at least 0, or a decimal text such as "0.0125"' };

/**
 * What one event cost, as an increment: a projection adds up every `usage` of a run. `cost` is a
 * number, taken as the decimal it prints as, or a decimal text; sums are exact either way.
 */
export const usageSchema = z.looseObject({
  model: optionalText(256),
  input_tokens: tokens,
  output_tokens: tokens,
  cost: z.union([z.number().min(0), z.string().regex(DECIMAL, COST)], COST).nullish(),
  currency: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,11}$/, {
      error: 'expected a letter and at most 11 more of A-Z a-z 0-9 _',
    })
    .nullish(),
});

export type Usage = z.infer<typeof usageSchema>;
