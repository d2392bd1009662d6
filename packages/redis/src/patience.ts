import type { StoreLogger } from './options.js';

const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 500;
const REMINDER_MS = 10_000;

/** How long one commit waits between its tries: ever longer up to a bound, and told to the operator. */
export class Patience {
  readonly #logger: StoreLogger;
  readonly #fields: Readonly<Record<string, unknown>>;
  #tries = 0;
  #startedMs = 0;
  #toldMs = 0;

  /** @param fields what every log line tells, as the slot */
  constructor(logger: StoreLogger, fields: Readonly<Record<string, unknown>>) {
    this.#logger = logger;
    this.#fields = fields;
  }

  /** Milliseconds to wait before the next try. */
  nextWait(trouble: string): number {
    const nowMs = performance.now();
    if (this.#tries === 0) this.#startedMs = nowMs;
    if (this.#tries === 0 || nowMs - this.#toldMs >= REMINDER_MS) {
      this.#toldMs = nowMs;
      this.#logger('warn', 'a commit waits for the store', this.#told({ trouble }));
    }
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(this.#tries, 10), LONGEST_WAIT_MS);
    this.#tries += 1;
    return waitMs;
  }

  /** To be called when the waiting is over; tells only if there was any. */
  end(outcome: string): void {
    if (this.#tries > 0) this.#logger('info', 'the store answers again', this.#told({ outcome }));
  }

  #told(more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const waitedMs = Math.round(performance.now() - this.#startedMs);
    return { ...this.#fields, ...more, tries: this.#tries, waited_ms: waitedMs };
  }
}
