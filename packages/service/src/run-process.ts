import { createLifecycle, StartInterrupted, type Lifecycle, type Step } from './lifecycle.js';
import type { Logger } from './logger.js';

/** What ends a process from inside: reason in words, and whether that is a failure. */
export type EndProcess = (reason: string, error?: unknown) => void;

/** How a process runs. */
export interface ProcessOptions {
  logger: Logger;
  /**
   * The parts, in start order; what has to be opened before there are parts may be waited for.
   * `end` stops the process: with an error its exit code is 1, else 0.
   */
  steps: (end: EndProcess) => readonly Step[] | Promise<readonly Step[]>;
  /** Longest graceful stop in milliseconds, all steps together. */
  stopMsMax?: number;
}

/**
 * Ctrl-C reaches the process twice when npm started it: from the terminal, and handed on by npm.
 * The same signal again within this time is one wish, milliseconds.
 */
const SAME_WISH_MS = 1_000;

/** Longest graceful stop unless told otherwise. */
export const STOP_MS_MAX = 10_000;

/**
 * Runs the steps until SIGTERM, SIGINT, an `end` or an error nobody caught; then stops them in
 * reverse within the bound and exits: 0 after an orderly stop, 1 after an error or when a step
 * hung (the log says which). A second signal exits at once with 1, unless it is the same one within
 * a second.
 */
export async function runProcess({
  logger,
  steps,
  stopMsMax = STOP_MS_MAX,
}: ProcessOptions): Promise<void> {
  let code = 0;
  let ending = false;
  let lifecycle: Lifecycle | null = null;
  let first: { signal: NodeJS.Signals; atMs: number } | null = null;

  const exit = (): never => {
    logger.info({ exit_code: code }, 'ended');
    process.exit(code);
  };

  const end: EndProcess = (reason, error) => {
    if (error !== undefined) {
      code = 1;
      logger.fatal({ err: error }, reason);
    }
    if (ending) return;
    ending = true;
    logger.info({ reason, stop_ms_max: stopMsMax }, 'stopping');
    const stopped = lifecycle?.stop(stopMsMax) ?? Promise.resolve({ hung: [], failed: [] });
    void stopped.then((report) => {
      if (report.hung.length > 0) logger.error(report, 'did not stop in time');
      if (report.hung.length > 0 || report.failed.length > 0) code = 1;
      exit();
    });
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (first?.signal === signal && performance.now() - first.atMs < SAME_WISH_MS) return;
    first ??= { signal, atMs: performance.now() };
    if (ending) {
      code = 1;
      logger.warn({ signal }, 'second signal: ending at once');
      exit();
    }
    end(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', (error) => end('an error nobody caught', error));
  process.on('unhandledRejection', (error) =>
    end('a rejection nobody caught', error ?? new Error('rejected without a reason')),
  );

  try {
    lifecycle = createLifecycle(await steps(end), logger);
    if (!ending) await lifecycle.start();
  } catch (error) {
    if (!(error instanceof StartInterrupted)) end('cannot start', error);
  }
}
