import { describe, expect, it } from 'vitest';
import { RefoldProblem } from './refold-problem.js';
import { DEFAULT_RETRY, withRetries, type RetryTools } from './retry.js';

const tools: RetryTools = { nowMs: () => 0, sleep: () => Promise.resolve(), random: () => 1 };

/** Refused with each status in turn, then done. @param told Statuses that were told before a pause. */
const refusedWith = (statuses: number[], told: number[] = []) => {
  const call = (): Promise<string> => {
    const status = statuses.shift();
    return status === undefined
      ? Promise.resolve('done')
      : Promise.reject(new RefoldProblem(status, {}));
  };
  const onRetry = (error: Error): void => {
    if (error instanceof RefoldProblem) told.push(error.status);
  };
  return withRetries(call, { ...DEFAULT_RETRY, onRetry }, tools);
};

describe('a call that may be repeated', () => {
  it('outlasts a server that sheds load, and a gateway whose server is being started anew', async () => {
    const told: number[] = [];
    await expect(refusedWith([429, 502, 503, 504], told)).resolves.toBe('done');
    expect(told).toEqual([429, 502, 503, 504]);
  });

  it.each([400, 401, 404, 409, 500, 501, 505])('ends at once with %i', async (status) => {
    await expect(refusedWith([status])).rejects.toMatchObject({ status });
  });
});
