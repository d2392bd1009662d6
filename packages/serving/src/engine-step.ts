import type { Timing } from '@refold/pipeline';
import type { EndProcess, Health, HealthCheck, Logger, Metrics, Step } from '@refold/service';
import { watchBackend } from './backend-watch.js';
import { beginStartCheck, type CheckProgress, type StartCheck } from './start-check.js';

/** How long the next step waits for the engine; a backend that is away holds nothing up. */
const HEAD_START_MS = 1_000;

/** A backend that the engine needs, checked once at the start and asked by every probe. */
export interface NeededBackend {
  check: StartCheck;
  /** The name of its readiness: `event_log`. */
  readiness: string;
  ping: HealthCheck;
  /** Called once when this backend is sound, whatever the others are: for work that needs it alone. */
  sound?: () => Promise<void>;
}

/** What the work of a process is made of. */
export interface EngineOptions {
  backends: readonly NeededBackend[];
  /** Called once when all backends are sound. */
  start(): Promise<void>;
  /** Called only after `start` resolved. */
  stop(): Promise<void>;
  timing: Timing;
  logger: Logger;
  metrics: Pick<Metrics, 'backendAway'>;
  health: Health;
  end: EndProcess;
}

/**
 * The work of a process as one of its steps: begins when the backends are there and sound, and does
 * not keep the process from answering probes meanwhile. An unsound backend ends the process.
 */
export function engineStep(options: EngineOptions): Step {
  const { backends, timing, logger, metrics, health, end } = options;
  let checks: CheckProgress[] = [];
  const watches = backends.map(({ check, ping, readiness: kind }) =>
    watchBackend(check.name, ping, timing, logger, (away) =>
      metrics.backendAway.set({ kind }, away ? 1 : 0),
    ),
  );
  let started = false;
  let stopped = false;

  async function begin(): Promise<void> {
    await Promise.all(
      checks.map(async ({ passed }, i) => {
        await passed;
        if (!stopped) await backends[i]?.sound?.();
      }),
    );
    if (stopped) return;
    for (const watch of watches) watch.start();
    await options.start();
    started = true;
  }

  return {
    name: 'engine',
    async start() {
      checks = backends.map(({ check }) => beginStartCheck(check, timing, logger));
      backends.forEach(({ readiness }, i) => {
        health.readiness(readiness, () => checks[i]?.reason() ?? watches[i]?.ask() ?? null);
      });
      health.readiness('engine', () => (started ? null : 'waits for its backends'));
      const running = begin().catch((error: unknown) => end('the engine cannot start', error));
      await Promise.race([running, timing.sleep(HEAD_START_MS)]);
    },
    async stop() {
      stopped = true;
      for (const check of checks) check.stop();
      for (const watch of watches) watch.stop();
      if (started) await options.stop();
    },
  };
}

/**
 * Answers requests that wait for something of the engine, as the part of a process that is stopped
 * before the HTTP server, which waits for every request in flight.
 */
export const waitingStep = (answer: () => Promise<void>): Step => ({
  name: 'waiting requests',
  start: () => undefined,
  stop: answer,
});
