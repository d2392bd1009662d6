/** Most dead letters that a partition lists; the oldest leave first, which is a function of the log. */
export const DEAD_LETTERS_MAX = 65_536;

/** Bytes of letters that wait for their topic; beyond them a letter waits without its key and value. */
const PENDING_BYTES_MAX = 16_777_216;

/**
 * What the owner of a slot remembers of its dead letters: where the listed ones stand, in log order,
 * and how large those are that still wait for their topic. No letter waits that is not listed.
 */
export class LetterLog {
  /** Whether new letters wait for their topic: those of a slot aside do not, the live one's do. */
  mirrors = true;
  readonly #listed = new Set<number>();
  readonly #pending = new Map<number, number>();
  #pendingBytes = 0;

  /** `places`: offsets of the listed letters. `pending`: offset → text of those that wait. */
  static load(places: Iterable<string>, pending: ReadonlyMap<string, string>): LetterLog {
    const log = new LetterLog();
    const offsets = [...places].map(Number).sort((a, b) => a - b);
    for (const offset of offsets) log.#listed.add(offset);
    for (const [field, text] of pending) log.pend(Number(field), Buffer.byteLength(text));
    return log;
  }

  /** Lists a letter; returns the offset of the one that makes room, or null. */
  add(offset: number): number | null {
    this.#listed.delete(offset);
    this.#listed.add(offset);
    if (this.#listed.size <= DEAD_LETTERS_MAX) return null;
    const [oldest = offset] = this.#listed;
    this.#listed.delete(oldest);
    return oldest;
  }

  /** Whether a letter of that size may wait whole. */
  hasRoomFor(bytes: number): boolean {
    return this.#pendingBytes + bytes <= PENDING_BYTES_MAX;
  }

  /** A letter waits for its topic from now on. */
  pend(offset: number, bytes: number): void {
    this.release(offset);
    this.#pending.set(offset, bytes);
    this.#pendingBytes += bytes;
  }

  /** It waits no more; false: it did not. */
  release(offset: number): boolean {
    this.#pendingBytes -= this.#pending.get(offset) ?? 0;
    return this.#pending.delete(offset);
  }
}
