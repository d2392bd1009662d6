/** Waits until so many more events may be sent. */
export type Pace = (events: number, signal: AbortSignal) => Promise<void>;

/** Sends as fast as it goes. */
export const unpaced: Pace = async () => undefined;

/**
 * A pace that all senders share: `perSecond` events on average, from the first one on. Each batch
 * reserves its time and then waits for it, so batches keep their order of asking.
 */
export function createPace(
  perSecond: number,
  nowMs: () => number,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): Pace {
  let freeAtMs = nowMs();
  return async (events, signal) => {
    const startMs = Math.max(freeAtMs, nowMs());
    freeAtMs = startMs + (events / perSecond) * 1_000;
    const waitMs = startMs - nowMs();
    if (waitMs > 0) await sleep(waitMs, signal);
  };
}
