import type { Timing } from '@refold/pipeline';
import type { Actor, Scheduler } from './scheduler.js';

/** The time of the scheduler, for one actor: nothing here waits for a real clock. */
export function virtualTiming(scheduler: Scheduler, actor: Actor): Timing {
  const after = (label: string, ms: number, action: () => void): (() => void) =>
    scheduler.later(actor, `${actor.name} ${label}`, Math.max(0, ms), action);
  return {
    now: () => scheduler.now,
    sleep: (ms) => new Promise((resolve) => void after('wakes', ms, resolve)),
    after: (ms, action) => after('timer', ms, action),
    tick: () => new Promise((resolve) => void after('tick', 0, resolve)),
  };
}
