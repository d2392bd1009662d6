import type { Timing } from './timing.js';

/** Lets everything that is already queued have its turn. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that a test moves by hand; nothing in it waits for a real one. */
export function handTiming(start = 1_000_000) {
  let now = start;
  const timers = new Set<{ at: number; action: () => void }>();
  const after = (ms: number, action: () => void): (() => void) => {
    const timer = { at: now + ms, action };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const timing: Timing = {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    tick: () => Promise.resolve(),
  };
  /** Moves the clock; timers that are due fire in their order, each with all that follows from it. */
  const advance = async (ms: number): Promise<void> => {
    const end = now + ms;
    await settled();
    for (;;) {
      const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.action();
      await settled();
    }
    now = end;
  };
  return { timing, advance, timers };
}
