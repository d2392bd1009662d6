import { parseSubject } from '@refold/contracts';
import type { Entry } from '@refold/domain';
import { entriesOf } from '../fold/touched-stream.js';
import type { Offset } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import type { Writes } from '../ports/view-store.js';
import { loadDocuments } from '../project/load-batch.js';
import { emptyStream } from '../slot/cached-stream.js';
import type { CachedStream } from '../slot/cached-stream.js';
import * as names from '../slot/names.js';
import { encodeRefusal } from '../slot/refusals.js';
import { encodeSkip, skipField } from '../slot/skip-log.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { encodeRefolds } from '../slot/slot-refolds.js';
import { encodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { CarriedCount } from './carried-count.js';
import { encodeRetired, retiredField } from './retired-keys.js';
import { readDocument } from './stored-document.js';
import type { WrittenShadows } from './written-shadows.js';

/** In the place of a document that is gone or unreadable: the keys of a stream that never was replaced. */
const UNREAD = { state: null, incarnation: 0, transientDays: [] };

/** Streams replaced by one commit, and the characters of their documents. */
const STREAMS_MAX = 200;
const LENGTH_MAX = 1_048_576;

/**
 * Whether counters move with a stream that is replaced: entries of the stored document are taken back
 * and those of the new one added. So it is where the fold itself left the stored one elsewhere: it
 * stood parked, a view of it stood still, a claim of it is skipped since, or the checkpoint under it was lost. Any other difference at
 * one checkpoint is damage from outside: then counters hold what the log makes of the stream, not what
 * the damaged document says, and stay as they are. What was folded on damage is mended by comparing
 * all streams of the partition, which sums anew.
 */
function movesCounters(
  stored: StreamDocument | null,
  fresh: StreamDocument | null,
  next: Offset,
  isSkipped: boolean,
): boolean {
  if (stored === null) return false;
  if (isSkipped) return true;
  if (stored.next > next) return true;
  return [stored, fresh].some(
    (document) => document !== null && (document.parked !== null || document.viewFaults.length > 0),
  );
}

export const streamOf = (subject: string): CachedStream => {
  const parsed = parseSubject(subject);
  if (parsed === null) throw new Error(`"${subject}" does not name a stream`);
  return emptyStream(parsed.kind, parsed.streamId);
};

/** Shadows of these streams, read again where they are no longer in memory. */
async function shadowsOf(shadows: WrittenShadows, live: SlotCache, subjects: readonly string[]) {
  const { cache } = shadows.shadows;
  const unknown = subjects.filter((subject) => !cache.has(subject)).map(streamOf);
  await loadDocuments(shadows.attempt.owned.reads(live), cache, unknown, names.shadowName);
  return subjects.map((subject) => cache.get(subject) ?? streamOf(subject));
}

/**
 * Replaces the first of the streams by their shadows in one commit; the shadows stand where live
 * folding stands. Returns the streams that were replaced: one at least, if there is one.
 */
export async function replaceStreams(shadows: WrittenShadows, live: SlotCache): Promise<string[]> {
  const { owned } = shadows.attempt;
  const page: string[] = [];
  for (const subject of shadows.selected) {
    if (page.push(subject) === STREAMS_MAX) break;
  }
  const fresh = await shadowsOf(shadows, live, page);
  const texts = await owned.reads(live).all('get', page.map(names.documentName));
  const stored = texts.map(readDocument);
  // Before anything in memory changes: who throws here has changed nothing.
  fresh.forEach(({ subject, document }, at) => {
    shadows.checkStart(subject, document, stored[at] ?? null);
  });
  const replacement = new Replacement(shadows, live);
  const replaced: string[] = [];
  for (const [at, stream] of fresh.entries()) {
    if (replacement.length >= LENGTH_MAX && replaced.length > 0) break;
    replacement.add(stream, stored[at] ?? null);
    replaced.push(stream.subject);
  }
  await owned.commit(live, { writes: replacement.writes() });
  const parked = fresh.slice(0, replaced.length).filter(({ document }) => document?.parked != null);
  shadows.attempt.tally.stillParked += parked.length;
  for (const subject of replaced) {
    live.forget(subject);
    shadows.selected.delete(subject);
    shadows.shadows.cache.forget(subject);
  }
  return replaced;
}

/** The writes by which streams are replaced. */
class Replacement {
  length = 0;
  readonly #writes: Writes = noWrites();
  readonly #counters = new Map<string, number>();
  readonly #shadows: WrittenShadows;
  readonly #live: SlotCache;
  /** Identities whose refusals may have come, gone or moved. */
  readonly #refused = new Set<string>();
  readonly #carried: CarriedCount;

  constructor(shadows: WrittenShadows, live: SlotCache) {
    this.#shadows = shadows;
    this.#live = live;
    this.#carried = new CarriedCount(live.carried);
  }

  add(stream: CachedStream, stored: StreamDocument | null): void {
    const { subject, document } = stream;
    const old = { ...stream, document: stored };
    const before = entriesOf(old, this.#live.viewsFor(old));
    const after = entriesOf(stream, this.#live.viewsFor(stream));
    this.#moveRanks(stream, before, after);
    const isSkipped = this.#closeSkips(subject);
    if (movesCounters(stored, document, this.#live.checkpoint.next, isSkipped)) {
      this.#move(before, after);
    }
    if (document === null) this.#writes.remove.push(names.documentName(subject));
    else {
      const text = encodeDocument(document);
      this.#writes.set.push([names.documentName(subject), text]);
      this.length += text.length;
    }
    this.#writes.remove.push(names.shadowName(subject));
    this.#writes.dropField.push([names.REBUILDING, subject]);
    this.#retire(subject, stored ?? UNREAD, document);
    this.#carried.moves(stored, document);
    this.#moveRefusals(subject);
  }

  writes(): Writes {
    this.#live.carried = this.#carried.write(this.#writes);
    for (const [counter, amount] of this.#counters) {
      if (amount !== 0) this.#writes.count.push([counter, amount]);
    }
    for (const identity of this.#refused) {
      const refusal = this.#live.refusals.get(identity);
      if (refusal === undefined) this.#writes.dropField.push([names.REFUSALS, identity]);
      else this.#writes.putField.push([names.REFUSALS, identity, encodeRefusal(refusal)]);
    }
    return this.#writes;
  }

  /** Skips that the shadow was folded by are no longer open. True: there are some. */
  #closeSkips(subject: string): boolean {
    const known = this.#shadows.shadows.cache.skips;
    const open = this.#live.skips
      .open()
      .filter((skip) => skip.subject === subject && known.has(skip.offset, skip.identity));
    for (const skip of open) {
      const closed = this.#live.skips.close(skip);
      this.#writes.putField.push([names.SKIPS, skipField(skip), encodeSkip(closed)]);
    }
    return open.length > 0;
  }

  /** Places are written whole: they may be what was damaged. */
  #moveRanks(
    { kind, streamId }: CachedStream,
    before: readonly Entry[],
    after: readonly Entry[],
  ): void {
    const left = new Set(before.flatMap((entry) => (entry.type === 'rank' ? [entry.index] : [])));
    // A view that was mended since does not say that it threw then.
    if (this.#live.checkpoint.format === 4) left.add(names.unlistedOf(kind));
    for (const entry of after) {
      if (entry.type !== 'rank') continue;
      this.#writes.rank.push([names.indexName(entry.index), streamId, entry.score]);
      left.delete(entry.index);
    }
    for (const index of left) this.#writes.unrank.push([names.indexName(index), streamId]);
  }

  #move(before: readonly Entry[], after: readonly Entry[]): void {
    const count = (entry: Entry, sign: 1 | -1): void => {
      if (entry.type !== 'count') return;
      const { counter, amount } = entry;
      this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + sign * amount);
    };
    for (const entry of before) count(entry, -1);
    for (const entry of after) count(entry, 1);
  }

  /** Nothing reads the old keys any more; a stored seq that cannot be one names no more keys than the log has records. */
  #retire(
    subject: string,
    stored: Pick<StreamDocument, 'state' | 'incarnation' | 'transientDays'>,
    document: StreamDocument | null,
  ): void {
    const { checkpoint } = this.#live;
    const seq = Math.max(stored.state?.seq ?? 0, document?.state?.seq ?? 0);
    if (stored === UNREAD && document === null) return;
    const field = retiredField(subject, stored.incarnation);
    const text = encodeRetired(Math.min(seq, checkpoint.next), stored.transientDays);
    this.#writes.putField.push([names.RETIRED, field, text]);
    if (document === null && stored.incarnation >= this.#live.incarnation) this.#nextIncarnation();
  }

  /** A stream that begins once more must not find the keys that are about to go. */
  #nextIncarnation(): void {
    const { refolds } = this.#live;
    const incarnation = this.#live.incarnation + 1;
    this.#live.incarnation = incarnation;
    this.#live.refolds = { ...refolds, incarnation };
    this.#writes.set.push([names.REFOLD_STATE, encodeRefolds(this.#live.refolds)]);
  }

  #moveRefusals(subject: string): void {
    const { refusals, time } = this.#live;
    const fresh = this.#shadows.shadows.cache.refusals.of(subject, time);
    for (const identity of refusals.replace(subject, fresh)) this.#refused.add(identity);
    for (const identity of fresh.keys()) this.#refused.add(identity);
  }
}
