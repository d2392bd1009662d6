import type { Writes } from '../ports/view-store.js';
import { cutLetter, withoutTexts } from '../slot/dead-letter.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import type { LetterLog } from '../slot/letter-log.js';
import * as names from '../slot/names.js';

/** What the store keeps of a letter beside its texts: names, places and their overhead. */
const LETTER_OVERHEAD_BYTES = 120;

interface WrittenLetter {
  letter: DeadLetter;
  listed: string;
  pending: string;
}

/** The dead letters of one commit. */
export class CutLetters {
  readonly #log: LetterLog;
  readonly #added = new Map<number, WrittenLetter>();
  readonly #evicted = new Set<number>();

  constructor(log: LetterLog) {
    this.#log = log;
  }

  /** Those that wait for their topic from this commit on, as they wait. */
  get added(): DeadLetter[] {
    return this.#log.mirrors ? [...this.#added.values()].map(({ letter }) => letter) : [];
  }

  /** Offsets of those that are listed no more, mirrored or not. */
  get evicted(): number[] {
    return [...this.#evicted];
  }

  /** Lists a letter and lets it wait for its topic; returns the bytes that this writes. */
  add(original: DeadLetter): number {
    const { offset } = original;
    const whole = cutLetter(original);
    const wholeText = JSON.stringify(whole);
    const fits = this.#log.hasRoomFor(Buffer.byteLength(wholeText));
    const letter = fits ? whole : withoutTexts(whole);
    const { value, ...kept } = whole;
    const bytes = value === null ? 0 : (kept.cut?.value ?? Buffer.byteLength(value));
    const listed = JSON.stringify({ ...kept, bytes });
    const pending = fits ? wholeText : JSON.stringify(letter);
    this.#added.delete(offset);
    this.#added.set(offset, { letter, listed, pending });
    if (this.#log.mirrors) this.#log.pend(offset, Buffer.byteLength(pending));
    this.#evicted.delete(offset);
    const evicted = this.#log.add(offset);
    if (evicted !== null) {
      this.#evicted.add(evicted);
      this.#added.delete(evicted);
    }
    return Buffer.byteLength(listed) + Buffer.byteLength(pending) + LETTER_OVERHEAD_BYTES;
  }

  /** Adds what the commit writes of them. */
  emit(writes: Writes): void {
    for (const offset of this.#evicted) {
      const field = String(offset);
      writes.dropField.push([names.DEAD_LETTERS, field], [names.DEAD_LETTER_PLACES, field]);
      if (this.#log.release(offset)) writes.dropField.push([names.DEAD_LETTERS_PENDING, field]);
    }
    for (const [offset, { listed, pending }] of this.#added) {
      const field = String(offset);
      writes.putField.push([names.DEAD_LETTERS, field, listed]);
      writes.putField.push([names.DEAD_LETTER_PLACES, field, '']);
      if (!this.#log.mirrors) continue;
      writes.putField.push([names.DEAD_LETTERS_PENDING, field, pending]);
    }
  }
}
