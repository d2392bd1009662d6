import { afterEach, describe, expect, it, vi } from 'vitest';
import { machineTiming } from './machine-timing.js';

describe("the machine's timing", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('only grows, whatever the clock is set to', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const before = machineTiming.now();
    vi.setSystemTime(0);
    const back = machineTiming.now();
    vi.setSystemTime(Number.MAX_SAFE_INTEGER / 2);
    const forth = machineTiming.now();
    expect(back).toBeGreaterThanOrEqual(before);
    expect(forth).toBeGreaterThanOrEqual(back);
    expect(forth - before).toBeLessThan(10_000);
  });
});
