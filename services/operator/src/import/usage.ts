import { TOKENS_MAX } from '@refold/contracts';
import type { JsonObject } from './trace.js';

/** What a trace says a run cost; a number that is missing, negative or absurd is left out. */
export interface KnownUsage {
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  costUsd?: number | undefined;
}

const tokens = (name: string, count: number | undefined): JsonObject =>
  count !== undefined && Number.isInteger(count) && count >= 0 && count <= TOKENS_MAX
    ? { [name]: count }
    : {};

/** The `usage` member of an event, or no member when nothing is known. */
export function usageMember({ inputTokens, outputTokens, costUsd }: KnownUsage): JsonObject {
  const cost: JsonObject =
    costUsd !== undefined && costUsd >= 0 ? { cost: costUsd, currency: 'USD' } : {};
  const usage = {
    ...tokens('input_tokens', inputTokens),
    ...tokens('output_tokens', outputTokens),
    ...cost,
  };
  return Object.keys(usage).length === 0 ? {} : { usage };
}
