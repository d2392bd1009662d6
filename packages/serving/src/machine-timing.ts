import type { Timing } from '@refold/pipeline';

/** The machine's time: what the engine is given outside of tests and simulations. */
export const machineTiming: Timing = {
  now: () => performance.now(),
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  tick: () =>
    new Promise((resolve) => {
      setImmediate(resolve);
    }),
};
