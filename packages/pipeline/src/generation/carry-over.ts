import type { Offset } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import type { Item } from '../fold/fold-context.js';
import { SlotMoved } from '../project/load-batch.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { retiredKeys } from '../refold/retired-keys.js';
import { encodeCarriedOver } from '../slot/carried-over.js';
import type { CarriedOver } from '../slot/carried-over.js';
import * as names from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { encodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { chooseItems } from './carried-choice.js';
import type { MetStreams } from './carried-choice.js';
import { carriedField, carriedKeys, listsUnder } from './carried-lists.js';
import type { CarriedList } from './carried-lists.js';
import { restOf } from './carried-rest.js';
import { CarriedSource } from './carried-source.js';
import type { CarriedMoment } from './carried-source.js';
import { putStreams } from './put-carried.js';
import type { CarriedChange, TakenStream } from './put-carried.js';
import { StreamSearch } from './stream-search.js';

/** Streams that are looked at together, and carried over by one commit. */
const STREAMS_MAX = 200;

/** Characters that one commit carries over, but for a single list. */
const LENGTH_MAX = 1_048_576;

/** Keys that one commit removes. */
const KEYS_MAX = 500;

/**
 * Carries streams over into a slot aside whose log has lost its head: those that began before it cannot be folded anew,
 * so they stand here as they do in the live generation, and are folded on by the views that they have there.
 *
 * What is read of the live slot is of one moment, at an offset that the slot aside has not passed. It is folded up to
 * exactly that offset, without the claims of these streams; there they are put into it, and folded on. So each
 * claim of theirs is in what is carried over or folded behind it, and none is in both. When all are carried over, the
 * same is done with what is known of streams that have not begun. A stop anywhere does no harm: the streams
 * are looked for once more, and those that are there already are passed over.
 */
export class CarryOver {
  readonly #owned: OwnedSlot;
  readonly #ports: Pick<ProjectorPorts, 'rulebook'> & { store: ViewStore };
  readonly #from: () => Slot;
  readonly #foldTo: (end: Offset) => Promise<boolean>;
  readonly #search = new StreamSearch();
  readonly #met: MetStreams = { joined: new Set(), lost: new Set(), isLooking: false };
  #source: CarriedSource | null = null;
  /** Where the slot stood when it was looked at last: is it before that now, commits of it were lost. */
  #reached = { next: 0, streams: 0 };

  /** @param foldTo Folds the slot up to exactly there; false: it cannot now. Not to be called from within its queue. */
  constructor(
    owned: OwnedSlot,
    ports: Pick<ProjectorPorts, 'rulebook'> & { store: ViewStore },
    from: () => Slot,
    foldTo: (end: Offset) => Promise<boolean>,
  ) {
    this.#owned = owned;
    this.#ports = ports;
    this.#from = from;
    this.#foldTo = foldTo;
  }

  /** Leaves out what the slot does not judge yet; to be called before a batch is folded into it. Null: nothing. */
  choose(cache: SlotCache, items: readonly Item[]): Promise<void> | null {
    const { carried } = cache;
    return carried === null || carried.isOver ? null : this.#choose(cache, items);
  }

  async #choose(cache: SlotCache, items: readonly Item[]): Promise<void> {
    await chooseItems(this.#owned, this.#sourceNow(), cache, this.#met, items);
    for (const one of this.#met.lost) this.#search.found.add(one);
  }

  /** Whether streams are still missing. */
  get isWanted(): boolean {
    const { known } = this.#owned;
    return known?.carried?.isOver === false && known.checkpoint.role === 'aside';
  }

  /** Carries some streams over, or finds some more of them. False: it cannot go on now. */
  async step(): Promise<boolean> {
    const { known } = this.#owned;
    const carried = known?.carried ?? null;
    if (known === null || carried === null) return false;
    const source = this.#sourceNow();
    const { next } = known.checkpoint;
    if (next < this.#reached.next || carried.streams < this.#reached.streams) this.#search.again();
    this.#reached = { next, streams: carried.streams };
    if (carried.copying !== null) return this.#removeLists(...carried.copying);
    if (this.#search.found.size < STREAMS_MAX && !this.#search.isOver) {
      this.#met.isLooking = true;
      await this.#search.more(source, this.#owned.projection.kinds, STREAMS_MAX);
      return true;
    }
    return this.#search.found.size > 0 ? this.#carry(source, known, carried) : this.#end(source);
  }

  /** Once another generation is live, streams are looked for in that one. */
  #sourceNow(): CarriedSource {
    const slot = this.#from();
    if (this.#source?.slot.generation !== slot.generation) {
      this.#source = new CarriedSource(this.#ports.store, slot);
      this.#search.again();
    }
    return this.#source;
  }

  async #carry(source: CarriedSource, known: SlotCache, { start }: CarriedOver): Promise<boolean> {
    const subjects = [...this.#search.found].slice(0, STREAMS_MAX);
    const documents = await source.documents(subjects, 0);
    const { next } = known.checkpoint;
    const isLost = (subject: string): boolean => {
      if (this.#met.lost.has(subject)) return true;
      const first = documents.get(subject)?.first ?? next;
      // One that the slot has passed without it: an owner before has left its claims out.
      return first < start || (first < next && !this.#met.joined.has(subject));
    };
    const lost = subjects.filter(isLost);
    const missing = await this.#missing(lost);
    const left = new Set<string>();
    const isPut = missing.length === 0 || (await this.#take(source, missing, left));
    for (const subject of isPut ? subjects : []) {
      if (left.has(subject)) continue;
      this.#search.found.delete(subject);
      this.#met.lost.delete(subject);
    }
    return isPut;
  }

  /** @param left Gets the streams that are more than one commit takes. */
  async #take(
    source: CarriedSource,
    missing: readonly string[],
    left: Set<string>,
  ): Promise<boolean> {
    const moment = await source.moment(missing);
    const taken: TakenStream[] = [];
    let length = 0;
    for (const subject of missing) {
      const document = moment.documents.get(subject);
      if (document === undefined) continue;
      if (length >= LENGTH_MAX) left.add(subject);
      else {
        const lists = await this.#listsOf(source, subject, document);
        taken.push({ subject, document, lists });
        length += lists.reduce(
          (sum, [, element]) => sum + element.length,
          encodeDocument(document).length,
        );
      }
      // Lists that were written go first, so that no other stream's are written beside them.
      if (this.#owned.known?.carried?.copying != null) length = LENGTH_MAX;
    }
    return taken.length === 0 || this.#put(source, moment, taken);
  }

  /** Of these streams those that the slot has no document of. */
  #missing(subjects: readonly string[]): Promise<string[]> {
    return this.#owned.queued(async () => {
      const cache = await this.#owned.loaded();
      const texts = await this.#owned.reads(cache).all('get', subjects.map(names.documentName));
      return subjects.filter((_, at) => texts[at] === null);
    });
  }

  /** The lists of a stream; what is more than a commit takes is written before. */
  async #listsOf(
    source: CarriedSource,
    subject: string,
    document: StreamDocument,
  ): Promise<CarriedList[]> {
    let lists: CarriedList[] = [];
    let length = 0;
    const read = async (reads: Parameters<CarriedSource['at']>[0]) =>
      (await source.at(reads)).results;
    for await (const page of listsUnder(read, subject, document)) {
      for (const list of page) {
        if (length > 0 && length + list[1].length > LENGTH_MAX) {
          await this.#writeLists(subject, document, lists);
          [lists, length] = [[], 0];
        }
        lists.push(list);
        length += list[1].length;
      }
    }
    return lists;
  }

  /** Nobody reads them before there is a document. */
  #writeLists(subject: string, document: StreamDocument, lists: CarriedList[]): Promise<void> {
    return this.#commit(({ carried }) => {
      if (carried === null) return null;
      const copying = [carriedField(subject), carriedKeys(document)] as const;
      const writes = { ...noWrites(), push: lists };
      return { writes, carried: { ...carried, copying } };
    });
  }

  /** Lists of a stream that is not there: whoever wrote them was stopped. */
  async #removeLists(field: string, keys: string): Promise<boolean> {
    const all = retiredKeys(field, keys);
    for (let at = 0; at < all.length; at += KEYS_MAX) {
      const isLast = at + KEYS_MAX >= all.length;
      await this.#commit(({ carried }) => {
        if (carried === null) return null;
        const writes = { ...noWrites(), remove: all.slice(at, at + KEYS_MAX) };
        return { writes, carried: isLast ? { ...carried, copying: null } : carried };
      });
    }
    return true;
  }

  /** False: it was too late, or too early. */
  async #put(source: CarriedSource, moment: CarriedMoment, taken: TakenStream[]): Promise<boolean> {
    const { next } = moment.checkpoint;
    const now = await source.documents(
      taken.map(({ subject }) => subject),
      next,
    );
    const isWhole = taken.every(({ subject, document }) => {
      const is = now.get(subject);
      return (
        is?.incarnation === document.incarnation &&
        document.transientDays.every((day) => is.transientDays.includes(day))
      );
    });
    if (!isWhole || !(await this.#foldTo(next))) return false;
    let isPut = false;
    await this.#commit((cache) => {
      if (cache.carried === null || cache.checkpoint.next !== next) return null;
      isPut = true;
      return putStreams(this.#ports.rulebook, cache, moment, taken);
    });
    return isPut;
  }

  /** All streams are carried over: what is known of those that have not begun follows, at one offset. */
  async #end(source: CarriedSource): Promise<boolean> {
    const moment = await source.moment([]);
    const { next, time } = moment.checkpoint;
    // A stream may have begun meanwhile that is to be carried over.
    if (!(await this.#foldTo(next))) return false;
    if (this.#search.found.size > 0) return true;
    const { known } = this.#owned;
    if (known?.carried == null || known.checkpoint.next !== next) return false;
    const isBegun = async (subjects: readonly string[]): Promise<Set<string>> => {
      const missing = new Set(await this.#missing(subjects));
      return new Set(subjects.filter((subject) => !missing.has(subject)));
    };
    for (const writes of await restOf(source, moment, known, isBegun)) {
      await this.#commit(({ carried, checkpoint }) => {
        if (carried === null || checkpoint.next !== next) throw new SlotMoved('it was folded on');
        return { writes, carried };
      });
    }
    await this.#commit(({ carried, checkpoint }) => {
      if (carried === null || checkpoint.next !== next) return null;
      return { writes: noWrites(), carried: { ...carried, isOver: true }, time };
    });
    return true;
  }

  /** One commit where the slot stands; it is read again behind it. Null: nothing is written. */
  #commit(made: (cache: SlotCache) => CarriedChange | null): Promise<void> {
    return this.#owned.queued(async () => {
      this.#owned.checkOwned();
      const cache = await this.#owned.loaded();
      if (cache.checkpoint.role !== 'aside') return;
      const change = made(cache);
      if (change === null) return;
      const { writes, carried, time = cache.time } = change;
      writes.set.push([names.CARRIED, encodeCarriedOver(carried)]);
      const { decider } = cache.checkpoint;
      const folded = { decider, time: Math.max(time, cache.time), last: null };
      this.#owned.forget();
      await this.#owned.commit(cache, { folded, writes });
      await this.#owned.loaded();
    });
  }
}
