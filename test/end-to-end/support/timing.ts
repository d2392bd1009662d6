import { setTimeout as sleep } from 'node:timers/promises';
import type { Timing } from '@refold/pipeline';

/** The machine's time, for the parts of a test that wait for real processes. */
export const testTiming: Timing = {
  now: () => Date.now(),
  sleep: (ms) => sleep(ms),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  tick: () => new Promise((resolve) => setImmediate(resolve)),
};
