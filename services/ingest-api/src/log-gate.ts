import { ProblemError } from '@refold/contracts';
import type { EventLog } from '@refold/pipeline';

/**
 * Keeps requests from queueing for a log that is away. It opens once the topics were checked; after
 * trouble it asks the log, at most one ping at a time, before it lets the next request through.
 */
export class LogGate {
  readonly #log: EventLog;
  #closedBecause: string | null = 'the log has not been checked yet';
  #suspected = false;
  #asking: Promise<string | null> | null = null;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** The topics are as they must be. */
  open(): void {
    this.#closedBecause = null;
  }

  /** The topics are not, or not known to be, as they must be. */
  close(reason: string): void {
    this.#closedBecause = reason;
  }

  /** Something did not come through: ask before the next one. */
  suspect(): void {
    this.#suspected = true;
  }

  /** Null: go through at once. Else why not, or null after all. */
  hold(): Promise<string | null> | null {
    if (this.#closedBecause !== null) return Promise.resolve(this.#closedBecause);
    if (!this.#suspected) return null;
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  /** @throws ProblemError log_unavailable */
  async pass(held: Promise<string | null>): Promise<void> {
    const reason = await held;
    if (reason !== null) {
      throw new ProblemError('log_unavailable', { detail: `Nothing was stored: ${reason}.` });
    }
  }

  async #ask(): Promise<string | null> {
    try {
      const reason = await this.#log.ping();
      if (reason === null) this.#suspected = false;
      return reason;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#asking = null;
    }
  }
}
