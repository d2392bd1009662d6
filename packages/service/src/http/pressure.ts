import { getHeapStatistics } from 'node:v8';
import type { Refusal } from './admission.js';

/** How often the process is looked at, milliseconds. */
const SAMPLE_MS = 250;

/** Late samples in a row before requests are refused: one alone may be a pause of the machine. */
const LATE_SAMPLES = 2;

/** Share of the heap's limit beyond which nothing more is taken: V8 ends the process at 1. */
const HEAP_SHARE_MAX = 0.9;

/** Whether a process has no room or no time left. */
export interface Pressure {
  /** As of the last sample. */
  now(): Refusal | null;
  start(): void;
  stop(): void;
}

/** What a pressure looks at; the process itself unless a test says otherwise. */
export interface PressureSigns {
  /** A monotonic clock in milliseconds. */
  nowMs(): number;
  /** Used share of the heap that V8 may have, 0 to 1. */
  heapShare(): number;
}

const PROCESS: PressureSigns = {
  nowMs: () => performance.now(),
  heapShare: () => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    return used / limit;
  },
};

/**
 * Samples the process four times a second. The event loop counts as late when two samples in a row
 * come later than `loopDelayMsMax`; 0 leaves it out.
 */
export function createPressure(loopDelayMsMax: number, signs: PressureSigns = PROCESS): Pressure {
  let refusal: Refusal | null = null;
  let late = 0;
  let dueMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const sample = (): void => {
    const nowMs = signs.nowMs();
    late = loopDelayMsMax > 0 && nowMs - dueMs > loopDelayMsMax ? late + 1 : 0;
    dueMs = nowMs + SAMPLE_MS;
    if (signs.heapShare() > HEAP_SHARE_MAX) refusal = 'heap';
    else refusal = late >= LATE_SAMPLES ? 'event_loop' : null;
    timer?.refresh();
  };

  return {
    now: () => refusal,
    start() {
      dueMs = signs.nowMs() + SAMPLE_MS;
      timer = setTimeout(sample, SAMPLE_MS).unref();
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
