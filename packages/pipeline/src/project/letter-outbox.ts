import type { DeadLetter } from '../fold/cut-writer.js';
import type { Writes } from '../ports/view-store.js';
import { DEAD_LETTERS_PENDING } from '../slot/names.js';
import type { Timing } from '../timing.js';

/** Letters mirrored at once. */
const LETTERS_MAX = 100;

/** Pause after a topic did not take a letter, milliseconds. */
const RETRY_MS = 5_000;

interface OutboxPorts {
  timing: Timing;
  mirror(letters: readonly DeadLetter[]): Promise<void>;
  trouble(what: string): void;
}

/**
 * Dead letters on their way to their topic, at least once: they leave the slot with the next commit
 * after the topic has acknowledged them. Mirroring runs beside the fold and holds nothing up.
 */
export class LetterOutbox {
  readonly #ports: OutboxPorts;
  readonly #waiting: DeadLetter[];
  readonly #mirrored: number[] = [];
  #running = false;
  #retryAt = 0;

  /** `pending`: what the slot still held when it was read. */
  constructor(ports: OutboxPorts, pending: readonly DeadLetter[]) {
    this.#ports = ports;
    this.#waiting = [...pending];
  }

  /** True when a commit would clear letters from the slot. */
  get hasMirrored(): boolean {
    return this.#mirrored.length > 0;
  }

  add(letters: readonly DeadLetter[]): void {
    this.#waiting.push(...letters);
  }

  /** Adds to a commit what clears the acknowledged letters; the cache is dropped if it fails. */
  clearMirrored(writes: Writes): void {
    for (const offset of this.#mirrored.splice(0)) {
      writes.dropField.push([DEAD_LETTERS_PENDING, String(offset)]);
    }
  }

  /** Begins to mirror unless it runs, has nothing to do, or has just failed. */
  start(): void {
    const isDue = this.#ports.timing.now() >= this.#retryAt;
    if (!this.#running && isDue && this.#waiting.length > 0) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const letters = this.#waiting.slice(0, LETTERS_MAX);
    try {
      await this.#ports.mirror(letters);
      this.#waiting.splice(0, letters.length);
      this.#mirrored.push(...letters.map(({ offset }) => offset));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#retryAt = this.#ports.timing.now() + RETRY_MS;
      this.#ports.trouble(`dead letters not mirrored: ${reason}`);
    }
    this.#running = false;
  }
}
