import { replyChannel } from '@refold/contracts';
import type { Verdict, VerdictNotice } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import type { Notice, Writes } from '../ports/view-store.js';
import type { CachedStream } from '../slot/cached-stream.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import * as names from '../slot/names.js';
import { encodeRefusal } from '../slot/refusals.js';
import type { Parks } from '../slot/park-window.js';
import type { Refusal } from '../slot/refusals.js';
import { encodeHistory, historyAfter } from '../slot/rules-history.js';
import type { RulesChange } from '../slot/rules-history.js';
import { encodeSkip, skipField } from '../slot/skip-log.js';
import type { KnownSkip, Skip } from '../slot/skip-log.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { CutLetters } from './cut-letters.js';
import { TouchedStream } from './touched-stream.js';

/** What a document that is new, or grows, may add to a commit. */
const DOCUMENT_BYTES = 600;

/** What a cut did, for the log line and the metrics. */
export interface CutCounts {
  records: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  parked: number;
  dead_letter: number;
  /** Records below their stream's `next`: judged before the checkpoint was lost. */
  skipped: number;
}

/** Of a commit that judged nothing. */
export const NO_COUNTS: Readonly<CutCounts> = {
  records: 0,
  accepted: 0,
  duplicate: 0,
  rejected: 0,
  parked: 0,
  dead_letter: 0,
  skipped: 0,
};

/** Collects everything one commit writes. Pure: it only fills memory. */
export class CutWriter {
  readonly counts: CutCounts = { ...NO_COUNTS };
  readonly letters: CutLetters;
  /** For each stream that this cut parks what parked lately: the breaker looks at it before the commit. */
  readonly parks: Parks[] = [];
  /** Roughly the bytes this commit sends. */
  bytes = 0;
  readonly #cache: SlotCache;
  readonly #touched = new Map<string, TouchedStream>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #evicted = new Set<string>();
  readonly #replies = new Map<string, VerdictNotice[]>();
  readonly #skips: KnownSkip[] = [];
  #rulesChanged = false;

  constructor(cache: SlotCache) {
    this.#cache = cache;
    this.letters = new CutLetters(cache.letters);
  }

  get streams(): number {
    return this.#touched.size;
  }

  /** Must be called before the stream's document changes: it notes the old entries. */
  touch(stream: CachedStream): TouchedStream {
    const known = this.#touched.get(stream.subject);
    if (known !== undefined) return known;
    const touched = new TouchedStream(stream, this.#cache.viewsFor(stream));
    this.#touched.set(stream.subject, touched);
    this.bytes += DOCUMENT_BYTES + stream.documentLength;
    return touched;
  }

  grewBy(bytes: number): void {
    this.bytes += bytes + 24;
  }

  addRefusal(identity: string, refusal: Refusal): void {
    this.#evicted.delete(identity);
    const evicted = this.#cache.refusals.add(identity, refusal);
    if (evicted !== null) this.#evicted.add(evicted);
    this.#refusals.set(identity, refusal);
    this.bytes += 200;
  }

  /** A claim on a stream that has not begun met a refusal. */
  meetRefusal(identity: string, time: number, offset: Offset): void {
    const changed = this.#cache.refusals.meet(identity, time, offset);
    if (changed === null) return;
    this.#refusals.set(...changed);
    this.bytes += 200;
  }

  /** The next claim that was judged. @param cause Why its stream parks there; null: it does not. */
  noteClaim(subject: string, cause: string | null): void {
    const parks = this.#cache.parks.note(subject, cause);
    if (parks !== null) this.parks.push(parks);
  }

  /**
   * Notes in the slot that a claim is left out. A stream that has a document is to be folded again by it; for
   * one that has none, nothing but the claim's own refusal may be another one.
   */
  addSkip(skip: Skip, isOpen: boolean): void {
    if (!this.#noteSkip(this.#cache.skips.add(skip, isOpen))) return;
    const { identity, offset } = skip;
    const refusal = isOpen ? null : this.#cache.refusals.skip(identity, offset);
    if (refusal === null) return;
    this.#refusals.set(identity, refusal);
    this.bytes += 200;
  }

  /** Notes in the slot that an operation leaves a claim out no more, should its record still come. */
  withdrawSkip(skip: Skip): void {
    this.#noteSkip(this.#cache.skips.withdraw(skip));
  }

  #noteSkip(known: KnownSkip | null): boolean {
    if (known === null) return false;
    this.#skips.push(known);
    this.bytes += 120;
    return true;
  }

  /** Notes in the slot's history that the rules change at this record, which does not contradict it. */
  changeRules(change: RulesChange): void {
    this.#cache.history = historyAfter(this.#cache.history, change);
    this.#rulesChanged = true;
  }

  addDeadLetter(letter: DeadLetter): void {
    this.bytes += this.letters.add(letter);
  }

  addReply(replyTo: string, notice: VerdictNotice): void {
    const notices = this.#replies.get(replyTo);
    if (notices === undefined) this.#replies.set(replyTo, [notice]);
    else notices.push(notice);
    this.bytes += 120;
  }

  countVerdict(verdict: Verdict | null): void {
    this.counts.records += 1;
    if (verdict === null) this.counts.skipped += 1;
    else this.counts[verdict.kind] += 1;
  }

  /** All writes of the commit; `time` is the partition's time after it. */
  writes(time: number): Writes {
    const writes = noWrites();
    const counters = new Map<string, number>();
    for (const touched of this.#touched.values()) {
      this.#cache.grew(touched.emit(writes, counters));
    }
    this.letters.emit(writes);
    if (this.#rulesChanged) writes.set.push([names.RULES, encodeHistory(this.#cache.history)]);
    for (const identity of [...this.#evicted, ...this.#cache.refusals.prune(time)]) {
      this.#refusals.delete(identity);
      writes.dropField.push([names.REFUSALS, identity]);
    }
    for (const [identity, refusal] of this.#refusals) {
      writes.putField.push([names.REFUSALS, identity, encodeRefusal(refusal)]);
    }
    for (const skip of this.#skips) {
      writes.putField.push([names.SKIPS, skipField(skip), encodeSkip(skip)]);
    }
    for (const [counter, amount] of counters) {
      if (amount !== 0) writes.count.push([counter, amount]);
    }
    return writes;
  }

  /** One message per ingest instance with all its verdicts. */
  notices(): Notice[] {
    return [...this.#replies].map(([replyTo, notices]) => ({
      channel: replyChannel(replyTo),
      message: JSON.stringify(notices),
    }));
  }
}
