/** Claims of a partition that are looked at together, however they are cut into commits. */
export const WINDOW_CLAIMS = 100;

/** The streams of the last claims, and those of them that parked there. */
export interface Parks {
  streams: number;
  parked: number;
  /** Distinct ones, in the order in which they came. */
  causes: readonly string[];
}

/**
 * The last claims of a partition as they were folded. It stands in memory alone, so a new owner begins with an
 * empty one.
 */
export class ParkWindow {
  readonly #known: ReadonlySet<string>;
  /** The stream of each claim, and why it parked there; used in a circle. */
  readonly #subjects: string[] = [];
  readonly #causes: (string | null)[] = [];
  #at = 0;

  /** @param known Streams that stand parked in any case. */
  constructor(known: ReadonlySet<string> = new Set()) {
    this.#known = known;
  }

  /**
   * Takes the next claim in log order.
   * @param cause Why its stream parks there; null: it does not.
   * @returns What parked among the last claims, where this one did
   */
  note(subject: string, cause: string | null): Parks | null {
    this.#subjects[this.#at] = subject;
    this.#causes[this.#at] = cause;
    this.#at = (this.#at + 1) % WINDOW_CLAIMS;
    return cause === null || this.#known.has(subject) ? null : this.#parks();
  }

  #parks(): Parks {
    const parked = new Map<string, string>();
    for (let n = 0; n < this.#subjects.length; n++) {
      const at = (this.#at + n) % this.#subjects.length;
      const [subject, cause] = [this.#subjects[at] ?? '', this.#causes[at] ?? null];
      if (cause !== null && !this.#known.has(subject)) parked.set(subject, cause);
    }
    const causes = [...new Set(parked.values())];
    return { streams: new Set(this.#subjects).size, parked: parked.size, causes };
  }
}
