import type { Claim } from '@refold/domain';
import type { Item } from '../fold/fold-context.js';
import type { Offset } from '../ports/event-log.js';
import { LogUnavailable } from '../project/check-position.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { StartDistrusted } from './attempt.js';
import type { Attempt } from './attempt.js';
import type { Stretch } from './claim-reader.js';
import type { ShadowStarts } from './shadow-starts.js';
import { Shadows } from './shadows.js';

/** Offsets that may be missing when the owner's queue is entered to fold the last stretch. */
export const STRETCH_MAX = 1_000;

/** Items folded at once. */
const SLICE_ITEMS = 500;

/**
 * Folds shadows of the selected streams from where they begin to where live folding stands, and on
 * with it as long as some of them are left.
 */
export abstract class SecondCursor {
  readonly attempt: Attempt;
  readonly shadows: Shadows;
  /** Streams that are still folded here. */
  readonly selected: Set<string>;
  cursor: Offset;
  /** The first offset that the log held when this began. */
  readonly logStart: Offset;
  /** Where the documents say that streams begin. */
  readonly #begins: ReadonlyMap<string, Offset>;
  /** Of these, those that were not met there yet. */
  readonly #firsts: Map<string, Offset>;
  readonly #isFromStart: boolean;

  constructor(
    attempt: Attempt,
    live: SlotCache,
    selected: Set<string>,
    starts: ShadowStarts,
    incarnation: number,
  ) {
    this.attempt = attempt;
    this.selected = selected;
    this.cursor = starts.offset;
    this.logStart = starts.logStart;
    this.#begins = starts.firsts;
    this.#firsts = new Map(starts.firsts);
    this.#isFromStart = starts.firsts.size === 0;
    this.shadows = new Shadows(attempt, live, { ...starts, incarnation });
    attempt.tally.begins(starts.offset);
  }

  /** Reads and folds beside live folding until little is missing. */
  async follow(): Promise<void> {
    const { attempt } = this;
    for (;;) {
      const next = await attempt.position();
      if (next - this.cursor <= STRETCH_MAX) return;
      const began = attempt.ports.timing.now();
      await this.#take(await attempt.reader.read(this.cursor, next), null);
      await attempt.pause(began);
    }
  }

  /** Folds what is missing, within the owner's queue. False: it is more than may be folded there. */
  async catchUp(live: SlotCache): Promise<boolean> {
    const { next } = live.checkpoint;
    if (next - this.cursor > STRETCH_MAX) return false;
    while (this.cursor < next)
      await this.#take(await this.attempt.reader.read(this.cursor, next), live);
    return true;
  }

  /**
   * What the log makes of a stream is known, its shadow stands where live folding stands.
   * @throws StartDistrusted when its document named a beginning that is none.
   */
  checkStart(subject: string, fresh: StreamDocument | null, stored: StreamDocument | null): void {
    const wasBorn = (stored?.state ?? null) !== null && (stored?.next ?? 0) <= this.cursor;
    const isLost = wasBorn && (fresh?.state ?? null) === null && !this.#isFromStart;
    const isUnmet = (this.#firsts.get(subject) ?? this.cursor) < this.cursor;
    if (isLost || isUnmet) {
      throw new StartDistrusted(`${subject} does not begin where its document says`);
    }
  }

  /** A stream that cannot be folded again: it stays as it is. */
  leaveOut(subject: string): void {
    this.attempt.tally.excludes(subject);
    if (!this.selected.delete(subject)) return;
    this.shadows.cache.forget(subject);
    this.dropped(subject);
  }

  /** Whether a claim is folded here. */
  protected takes(claim: Claim): boolean {
    return this.selected.has(claim.subject);
  }

  /** Folds items; `live` is null outside the owner's queue. */
  protected abstract fold(items: Item[], live: SlotCache | null): Promise<void>;

  async #take(stretch: Stretch, live: SlotCache | null): Promise<void> {
    const { found, next, records } = stretch;
    if (next <= this.cursor) throw new LogUnavailable('the log ends before the checkpoint');
    const isJudged = (claim: Claim): boolean =>
      this.takes(claim) && !this.#isBeforeBeginning(claim);
    const items = this.shadows.itemsOf(found, isJudged);
    for (const { decoded, bytes } of found) {
      if (decoded.kind === 'claim') this.#count(decoded.claim, bytes);
    }
    for (let at = 0; at < items.length; at += SLICE_ITEMS) {
      await this.fold(items.slice(at, at + SLICE_ITEMS), live);
    }
    this.#dropDoubtful();
    this.shadows.passed(stretch);
    this.cursor = next;
    const { tally, progress } = this.attempt;
    tally.readRecords += records;
    progress.readRecords += records;
    progress.cursor = next;
  }

  /**
   * Whether a claim stands before its stream begins. A copy there would be refused for the first time, because what
   * it is a copy of stands before everything that is read, and that would stand longer than what it was refused for.
   */
  #isBeforeBeginning({ subject, offset }: Claim): boolean {
    return offset < (this.#begins.get(subject) ?? offset);
  }

  #count(claim: Claim, bytes: number): void {
    const { subject, offset } = claim;
    if (this.#firsts.get(subject) === offset) this.#firsts.delete(subject);
    this.attempt.tally.claim(claim, bytes, this.selected.has(subject));
  }

  #dropDoubtful(): void {
    for (const subject of this.shadows.doubtful) {
      if (this.selected.has(subject)) this.leaveOut(subject);
    }
    this.shadows.doubtful.clear();
  }

  /** A stream is not folded here any longer and stays as it is. */
  protected abstract dropped(subject: string): void;
}
