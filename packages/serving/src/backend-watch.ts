import type { Timing } from '@refold/pipeline';
import type { HealthCheck, Logger } from '@refold/service';
import { withAdvice } from './backend-advice.js';

/** How often a backend is asked whether it is there, milliseconds. */
const ASK_MS = 5_000;

/** A backend whose absence and return are told in the log, once each. */
export interface BackendWatch {
  /** Asks now; null is well, else the reason in words. */
  readonly ask: () => Promise<string | null>;
  /** Asks from now on without being told to. */
  start(): void;
  stop(): void;
}

/** Watches one backend. `name`: as logs call it, such as `event log`; `told` hears of every answer. */
export function watchBackend(
  name: string,
  ping: HealthCheck,
  timing: Timing,
  logger: Logger,
  told: (away: boolean) => void,
): BackendWatch {
  let awaySince: number | null = null;
  let running = false;

  function note(reason: string | null): void {
    told(reason !== null);
    if (reason !== null && awaySince === null) {
      awaySince = timing.now();
      logger.warn({ backend: name, reason }, 'a backend is away; it is waited for');
    }
    if (reason === null && awaySince !== null) {
      const awayMs = timing.now() - awaySince;
      awaySince = null;
      logger.info({ backend: name, away_ms: awayMs }, 'a backend is there again');
    }
  }

  async function ask(): Promise<string | null> {
    let reason: string | null;
    try {
      reason = await ping();
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (reason !== null) reason = withAdvice(reason);
    note(reason);
    return reason;
  }

  async function watch(): Promise<void> {
    while (running) {
      await timing.sleep(ASK_MS);
      if (running) await ask();
    }
  }

  return {
    ask,
    start() {
      running = true;
      void watch();
    },
    stop() {
      running = false;
    },
  };
}
