import { setTimeout as sleep } from 'node:timers/promises';

/** Level-triggered wait with a bound; `what` names it when the bound is met. */
export async function until(
  what: () => string,
  reached: () => boolean | Promise<boolean>,
  boundMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + boundMs;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error(`not reached within ${boundMs} ms: ${what()}`);
    await sleep(20);
  }
}
