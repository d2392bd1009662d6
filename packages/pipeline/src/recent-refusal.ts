/** How long a refusal is told after it was last met, milliseconds; whoever is refused asks again sooner. */
const TOLD_MS = 5_000;

/**
 * What a backend refused last for want of a right. It answers other questions, so nobody would know. It is
 * forgotten by itself: whoever waits is refused again, and nobody has to find out that a right came back.
 */
export class RecentRefusal {
  readonly #now: () => number;
  #reason = '';
  #at = Number.NEGATIVE_INFINITY;

  /** @param now a clock, milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(reason: string): void {
    this.#reason = reason;
    this.#at = this.#now();
  }

  /** Null when nothing was refused lately. */
  reason(): string | null {
    return this.#now() - this.#at < TOLD_MS ? this.#reason : null;
  }
}
