import type { Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import { wakeChannel } from '../projection.js';
import type { Timing } from '../timing.js';
import type { ProjectionReader } from './projection-reader.js';

interface Wait {
  partition: number;
  next: Offset;
  wake(): void;
}

/** Most requests that may wait for a position at once; one more is answered at once. */
const WAITS_MAX = 10_000;

/** Lets a reader wait until a position it has seen is folded here too. */
export class PositionWaits {
  readonly #store: ViewStore;
  readonly #timing: Timing;
  readonly #reader: ProjectionReader;
  readonly #waits = new Set<Wait>();
  #stop: (() => Promise<void>) | null = null;
  #stopped = false;

  constructor(store: ViewStore, timing: Timing, reader: ProjectionReader) {
    this.#store = store;
    this.#timing = timing;
    this.#reader = reader;
  }

  async start(): Promise<void> {
    this.#stop = await this.#store.listen(wakeChannel(this.#reader.projection), {
      message: (text) => {
        const [partition, next] = text.split(':').map(Number);
        for (const wait of this.#waits) {
          if (wait.partition === partition && wait.next <= (next ?? 0)) wait.wake();
        }
      },
      resumed: () => this.#wakeAll(),
    });
  }

  /** Answers everybody who still waits with what there is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeAll();
    await this.#stop?.();
    this.#stop = null;
  }

  /** True when `partition` is folded up to `next`; false when that did not happen within `waitMs`. */
  async reached(partition: number, next: Offset, waitMs: number): Promise<boolean> {
    const until = this.#timing.now() + waitMs;
    for (;;) {
      const woken = this.#register(partition, next, until);
      try {
        const found = await this.#reader.checkpoint(partition);
        if ((found?.next ?? 0) >= next) return true;
        const over = this.#stopped || this.#timing.now() >= until;
        if (over || this.#waits.size > WAITS_MAX) return false;
        await woken.promise;
      } finally {
        woken.cancel();
      }
    }
  }

  /** Registered before the checkpoint is read, so that no wake-up falls between the two. */
  #register(partition: number, next: Offset, until: number) {
    let wake = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const wait: Wait = { partition, next, wake: () => wake() };
    this.#waits.add(wait);
    const cancelTimer = this.#timing.after(Math.max(0, until - this.#timing.now()), wake);
    const cancel = (): void => {
      cancelTimer();
      this.#waits.delete(wait);
    };
    return { promise, cancel };
  }

  #wakeAll(): void {
    for (const wait of this.#waits) wait.wake();
  }
}
