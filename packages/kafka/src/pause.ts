import { setTimeout as wait } from 'node:timers/promises';

const FIRST_MS = 50;
const LONGEST_MS = 2_000;

/** Growing pauses between attempts: 50 ms, doubling up to 2 s, with a fifth of jitter. */
export class Backoff {
  private nextMs = FIRST_MS;

  reset(): void {
    this.nextMs = FIRST_MS;
  }

  async pause(): Promise<void> {
    const ms = this.nextMs * (0.9 + Math.random() * 0.2);
    this.nextMs = Math.min(this.nextMs * 2, LONGEST_MS);
    await wait(ms);
  }
}

/** Waits for `work`, but not longer than `ms`; a late rejection is dropped. Returns whether it was in time. */
export function atMost(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const inTime = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    work.then(inTime, inTime);
  });
}

/** One waiter at a time sleeps until somebody notifies it; a notification before the wait is kept. */
export class Signal {
  private raised = false;
  private wake: (() => void) | null = null;

  notify(): void {
    this.raised = true;
    this.wake?.();
  }

  async wait(): Promise<void> {
    if (!this.raised) await new Promise<void>((resolve) => (this.wake = resolve));
    this.raised = false;
    this.wake = null;
  }
}
