import type { Timing } from '@refold/pipeline';
import type { Logger } from '@refold/service';
import { withAdvice } from './backend-advice.js';

const RETRY_MS = 1_000;

/** Settings of a backend that would lose or misjudge events; the message says what to do. */
export class UnsoundBackend extends Error {
  override readonly name = 'UnsoundBackend';
}

/** A check of a backend before it is used. */
export interface StartCheck {
  /** What is checked, as logs name it: `event log`. */
  name: string;
  /** What is wrong, in words that say what to do; empty when sound. Rejects while the backend is away. */
  faults(): Promise<string[]>;
}

/** A check under way, or passed. */
export interface CheckProgress {
  /** Null once passed, else why not yet. */
  reason(): string | null;
  /** Resolves when passed or stopped. @throws UnsoundBackend when the check found something. */
  passed: Promise<void>;
  /** Ends the waiting. */
  stop(): void;
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Asks until the backend answers, then once more never: absence is waited out, faults are not. */
export function beginStartCheck(check: StartCheck, timing: Timing, logger: Logger): CheckProgress {
  let reason: string | null = `${check.name} has not been checked yet`;
  let stopped = false;

  async function ask(): Promise<string[] | null> {
    try {
      return await check.faults();
    } catch (error) {
      const what = `${check.name} does not answer: ${withAdvice(words(error))}`;
      if (what !== reason && !stopped) {
        logger.warn({ err: error, backend: check.name, reason: what }, 'waiting for a backend');
      }
      reason = what;
      return null;
    }
  }

  async function run(): Promise<void> {
    for (let faults = await ask(); ; faults = await ask()) {
      if (stopped) return;
      if (faults?.length === 0) break;
      if (faults !== null) throw new UnsoundBackend(`${check.name}: ${faults.join(' · ')}`);
      await timing.sleep(RETRY_MS);
    }
    reason = null;
    logger.info({ backend: check.name }, 'backend checked');
  }

  const passed = run();
  passed.catch((error: unknown) => {
    reason = words(error);
  });
  return {
    reason: () => reason,
    passed,
    stop() {
      stopped = true;
    },
  };
}
