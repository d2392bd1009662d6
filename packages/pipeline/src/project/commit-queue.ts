/**
 * Work on one slot, one piece after the other in the order in which it was asked for. Whatever reads
 * the slot to write it goes through here, so that no two pieces know different checkpoints.
 */
export class CommitQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` behind everything that was asked for before, whether that succeeded or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#last.then(work);
    this.#last = running.catch(() => undefined);
    return running;
  }
}
