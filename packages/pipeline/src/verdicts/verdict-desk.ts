import { replyChannel } from '@refold/contracts';
import type { Verdict, VerdictNotice } from '@refold/contracts';
import type { ViewStore } from '../ports/view-store.js';
import type { Timing } from '../timing.js';
import { parseNotices } from './verdict-notices.js';

/** Verdicts kept because they came before the acknowledgement of their record; oldest go first. */
const EARLY_MAX = 10_000;

type Waiter = (verdict: Verdict | null) => void;

const placeOf = (topic: string, partition: number, offset: number): string =>
  `${topic}/${partition}/${offset}`;

/**
 * Where requests wait for their verdicts. A verdict is matched by the place of its record, which only
 * the broker's acknowledgement tells: a forged reply address or event ID cannot answer for somebody else.
 */
export class VerdictDesk {
  readonly instance: string;
  readonly #store: ViewStore;
  readonly #timing: Timing;
  readonly #waitersMax: number;
  readonly #waiters = new Map<string, Waiter>();
  readonly #early = new Map<string, Verdict>();
  #stop: (() => Promise<void>) | null = null;

  /** `instance`: random, one per process; `waitersMax`: beyond it `wait` answers null at once. */
  constructor(store: ViewStore, timing: Timing, instance: string, waitersMax: number) {
    this.#store = store;
    this.#timing = timing;
    this.instance = instance;
    this.#waitersMax = waitersMax;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  async start(): Promise<void> {
    this.#stop = await this.#store.listen(replyChannel(this.instance), {
      message: (text) => this.#deliver(parseNotices(text)),
      resumed: () => this.#giveAll(null),
    });
  }

  /** Answers everybody who still waits with null: not decided in time. */
  async stop(): Promise<void> {
    this.#giveAll(null);
    await this.#stop?.();
    this.#stop = null;
  }

  /**
   * The verdict on the record at this place; null when it did not come within `waitMs`, or when
   * notices may have been lost: the caller then reads the receipt once.
   */
  wait(topic: string, partition: number, offset: number, waitMs: number): Promise<Verdict | null> {
    const place = placeOf(topic, partition, offset);
    const early = this.#early.get(place);
    if (early !== undefined) {
      this.#early.delete(place);
      return Promise.resolve(early);
    }
    if (waitMs <= 0 || this.#waiters.size >= this.#waitersMax) return Promise.resolve(null);
    return new Promise((resolve) => {
      const cancel = this.#timing.after(waitMs, () => {
        this.#waiters.delete(place);
        resolve(null);
      });
      this.#waiters.set(place, (verdict) => {
        cancel();
        resolve(verdict);
      });
    });
  }

  #deliver(notices: readonly VerdictNotice[]): void {
    for (const { topic, partition, offset, verdict } of notices) {
      const place = placeOf(topic, partition, offset);
      const waiter = this.#waiters.get(place);
      if (waiter === undefined) this.#keepEarly(place, verdict);
      else {
        this.#waiters.delete(place);
        waiter(verdict);
      }
    }
  }

  #keepEarly(place: string, verdict: Verdict): void {
    this.#early.set(place, verdict);
    if (this.#early.size <= EARLY_MAX) return;
    const [oldest] = this.#early.keys();
    if (oldest !== undefined) this.#early.delete(oldest);
  }

  #giveAll(verdict: Verdict | null): void {
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const waiter of waiters) waiter(verdict);
  }
}
