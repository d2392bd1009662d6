import type { Logger } from './logger.js';

/** One part of a process: started in the order of the list, stopped in reverse. */
export interface Step {
  /** A noun, as logs name it: `event log`, `http server`. */
  name: string;
  /** Resolves when the part works; a rejection stops what was started and ends the process. */
  start(): void | Promise<void>;
  /** Resolves when the part is gone. Called at most once, and only after `start` resolved. */
  stop?(): void | Promise<void>;
}

/** How a stop went: the step that did not finish and those that were not reached. */
export interface StopReport {
  hung: string[];
  failed: string[];
}

/** The started steps of one process. */
export interface Lifecycle {
  /** Starts the steps one after the other; when one rejects, or a stop comes between, begins no further. */
  start(): Promise<void>;
  /**
   * Stops what was started, last first, within `msMax` for all of them. A step that rejects is
   * logged and the next one is stopped all the same. Repeated calls get the first call's report.
   */
  stop(msMax: number): Promise<StopReport>;
}

/** A stop came while the steps were starting. */
export class StartInterrupted extends Error {
  override readonly name = 'StartInterrupted';
}

const TIMED_OUT = Symbol('timed out');

async function within<Value>(
  work: Promise<Value>,
  msMax: number,
): Promise<Value | typeof TIMED_OUT> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(() => resolve(TIMED_OUT), Math.max(0, msMax));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A lifecycle over steps; see {@link Lifecycle}. `nowMs` is a monotonic clock. */
export function createLifecycle(
  steps: readonly Step[],
  logger: Logger,
  nowMs: () => number = () => performance.now(),
): Lifecycle {
  const started: Step[] = [];
  let starting: Promise<void> = Promise.resolve();
  let stopping: Promise<StopReport> | null = null;

  async function startAll(): Promise<void> {
    for (const step of steps) {
      if (stopping !== null) throw new StartInterrupted(`stopped before ${step.name} was started`);
      await step.start();
      started.push(step);
      logger.debug({ step: step.name }, 'started');
    }
  }

  async function stopOne(step: Step, failed: string[]): Promise<void> {
    try {
      await step.stop?.();
      logger.debug({ step: step.name }, 'stopped');
    } catch (error) {
      failed.push(step.name);
      logger.error({ err: error, step: step.name }, 'could not be stopped in order');
    }
  }

  async function stopAll(msMax: number): Promise<StopReport> {
    const deadlineMs = nowMs() + msMax;
    const failed: string[] = [];
    const settled = starting.catch(() => undefined);
    if ((await within(settled, msMax)) === TIMED_OUT) {
      failed.push(`start of ${steps[started.length]?.name ?? 'the process'}`);
    }
    for (let step = started.pop(); step !== undefined; step = started.pop()) {
      const left = deadlineMs - nowMs();
      if ((await within(stopOne(step, failed), left)) === TIMED_OUT) {
        return { hung: [step, ...started.reverse()].map(({ name }) => name), failed };
      }
    }
    return { hung: [], failed };
  }

  return {
    start() {
      starting = startAll();
      return starting;
    },
    stop(msMax) {
      stopping ??= stopAll(msMax);
      return stopping;
    },
  };
}
