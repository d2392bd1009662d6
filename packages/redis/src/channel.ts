import type { Listener } from '@refold/pipeline';

/** One listener of one channel. */
export interface Registration {
  listener: Listener;
  /** `listen` has returned: from here on every gap is told. */
  promised: boolean;
}

/** Who listens to one channel, and whether the server has ever confirmed it. */
export class Channel {
  readonly registrations = new Set<Registration>();
  /** Settles once: when the server confirmed the channel, or refused it. */
  readonly confirmed: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;

  constructor() {
    this.confirmed = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever listens sees the refusal; without a listener there is nobody to tell.
    this.confirmed.catch(() => undefined);
  }

  /** The connection of now delivers; everybody who was promised messages had a gap before. */
  confirm(): void {
    this.#each((listener) => listener.resumed());
    this.#resolve();
  }

  refuse(reason: Error): void {
    this.#reject(reason);
  }

  deliver(message: string): void {
    this.#each((listener) => listener.message(message), false);
  }

  /** A task each: a listener that throws ends the process, not the delivery to others. */
  #each(tell: (listener: Listener) => void, promisedOnly = true): void {
    for (const registration of this.registrations) {
      if (promisedOnly && !registration.promised) continue;
      queueMicrotask(() => {
        if (this.registrations.has(registration)) tell(registration.listener);
      });
    }
  }
}
