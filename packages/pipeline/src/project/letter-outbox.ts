import type { Writes } from '../ports/view-store.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import type { LetterLog } from '../slot/letter-log.js';
import { DEAD_LETTERS_PENDING } from '../slot/names.js';
import type { Timing } from '../timing.js';

/** Letters mirrored at once. */
const LETTERS_MAX = 100;

/** Characters of values mirrored at once; one letter may have more. */
const LENGTH_MAX = 1_048_576;

/** Letters that one commit clears from the slot. */
const CLEARED_MAX = 1_000;

/** Pause after a topic did not take a letter, milliseconds. */
const RETRY_MS = 5_000;

/**
 * What became of a letter.
 * - `mirrored`: its topic has acknowledged it.
 * - `refused`: its topic will never take it. Whoever mirrors has said so; it stays among the dead letters.
 * - `trouble`: not known, or not now: it is mirrored again, so copies are possible.
 */
export type LetterOutcome =
  { kind: 'mirrored' } | { kind: 'refused' } | { kind: 'trouble'; message: string };

interface OutboxPorts {
  timing: Timing;
  /** One outcome per letter, in their order; a rejection is trouble for all of them. */
  mirror(letters: readonly DeadLetter[]): Promise<readonly LetterOutcome[]>;
  trouble(what: string): void;
}

/**
 * Dead letters on their way to their topic, at least once: they leave the slot with the next commit
 * after the topic has acknowledged them. Mirroring runs beside the fold and holds nothing up: one
 * bounded batch after the other, until nothing waits or the topic is in trouble.
 */
export class LetterOutbox {
  readonly #ports: OutboxPorts;
  readonly #waiting = new Map<number, DeadLetter>();
  readonly #settled: number[] = [];
  #running = false;
  #stopped = false;
  #retryAt = 0;

  /** `pending`: what the slot still held when it was read. */
  constructor(ports: OutboxPorts, pending: readonly DeadLetter[]) {
    this.#ports = ports;
    this.add(pending);
  }

  /** True when a commit would clear letters from the slot. */
  get hasMirrored(): boolean {
    return this.#settled.length > 0;
  }

  add(letters: readonly DeadLetter[]): void {
    for (const letter of letters) this.#waiting.set(letter.offset, letter);
  }

  /** These are listed no more, and are not mirrored either: newer ones took their room. */
  forget(offsets: readonly number[]): void {
    const lost = offsets.filter((offset) => this.#waiting.delete(offset));
    if (lost.length === 0) return;
    this.#ports.trouble(
      `${lost.length} dead letters from ${lost[0] ?? 0} to ${lost.at(-1) ?? 0} made room for newer ` +
        'ones and were never mirrored; the records stay at these offsets of their topic',
    );
  }

  /** Adds to a commit what clears letters that are done with; the cache is dropped if it fails. */
  clearMirrored(writes: Writes, log: LetterLog): void {
    for (const offset of this.#settled.splice(0, CLEARED_MAX)) {
      if (!log.release(offset)) continue;
      writes.dropField.push([DEAD_LETTERS_PENDING, String(offset)]);
    }
  }

  /** Begins to mirror unless it runs, has nothing to do, or has just failed. */
  start(): void {
    if (!this.#running && this.#isDue()) void this.#run();
  }

  /** Begins no further batch: somebody else has the slot, or this owner reads it again. */
  stop(): void {
    this.#stopped = true;
  }

  #isDue(): boolean {
    if (this.#stopped || this.#waiting.size === 0) return false;
    return this.#ports.timing.now() >= this.#retryAt;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#isDue()) await this.#mirrorSome();
    this.#running = false;
  }

  async #mirrorSome(): Promise<void> {
    const letters = this.#batch();
    try {
      const outcomes = await this.#ports.mirror(letters);
      const troubles = letters.flatMap((letter, at) => this.#settle(letter, outcomes[at]));
      if (troubles.length > 0) {
        throw new Error(`${troubles.length} of ${letters.length}: ${troubles[0] ?? ''}`);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#retryAt = this.#ports.timing.now() + RETRY_MS;
      this.#ports.trouble(`dead letters not mirrored: ${reason}`);
    }
  }

  #batch(): DeadLetter[] {
    const letters: DeadLetter[] = [];
    let length = 0;
    for (const letter of this.#waiting.values()) {
      length += letter.value?.length ?? 0;
      if (letters.length > 0 && (letters.length >= LETTERS_MAX || length > LENGTH_MAX)) break;
      letters.push(letter);
    }
    return letters;
  }

  /** Says what keeps the letter here, if anything does. */
  #settle({ offset }: DeadLetter, outcome: LetterOutcome | undefined): string[] {
    if (outcome === undefined) return ['the mirror said nothing of it'];
    if (outcome.kind === 'trouble') return [outcome.message];
    if (this.#waiting.delete(offset)) this.#settled.push(offset);
    return [];
  }
}
