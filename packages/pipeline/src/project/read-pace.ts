/** How long records gather where nobody waits for a verdict, milliseconds: what a view may lag more. */
export const GATHER_MS = 100;

/** Whoever asked for a verdict will ask again: for this long reading stays prompt, milliseconds. */
export const PROMPT_MS = 250;

/** Commits of fewer records are no load that is worth a delay. */
const RECORDS_MIN = 4;

/** What a commit says of the load. */
interface Load {
  records: number;
  /** Some claim of it names who waits for its verdict. */
  asked: boolean;
  /** More is on the log already. */
  behind: boolean;
}

/**
 * Decides how prompt the log is read. Under a load of claims that nobody waits for, reading a little
 * later makes commits larger and fewer (docs/decisions/0004); with anybody waiting, while catching up
 * and at a trickle, the log is read at once.
 */
export class ReadPace {
  #askedAt = Number.NEGATIVE_INFINITY;
  #loaded = false;

  /** @param now milliseconds, as for {@link gatherMs} */
  note({ records, asked, behind }: Load, now: number): void {
    if (asked) this.#askedAt = now;
    this.#loaded = records >= RECORDS_MIN && !behind;
  }

  gatherMs(now: number): number {
    return this.#loaded && now - this.#askedAt >= PROMPT_MS ? GATHER_MS : 0;
  }
}
