/** Time as an argument: production passes the machine's, a simulation its own. */
export interface Timing {
  /**
   * Milliseconds from an origin of its own, which only grow: setting the machine's clock changes no
   * wait. For waits and durations; never a time of day, and never for a verdict.
   */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Runs `action` once after `ms`; the result cancels it. */
  after(ms: number, action: () => void): () => void;
  /** Resolves when the work that is already queued has had its turn. */
  tick(): Promise<void>;
}
