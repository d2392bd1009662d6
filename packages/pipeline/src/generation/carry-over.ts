import type { Offset } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import type { Item } from '../fold/fold-context.js';
import { SlotMoved } from '../project/load-batch.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { streamsCarried } from '../slot/carried-over.js';
import type { CarriedOver } from '../slot/carried-over.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { chooseItems } from './carried-choice.js';
import type { MetStreams } from './carried-choice.js';
import { restOf } from './carried-rest.js';
import { CarriedMoments } from './carried-moments.js';
import { CarriedSlot } from './carried-slot.js';
import { CarriedSource } from './carried-source.js';
import { ListCopy } from './list-copy.js';
import { StreamCopy } from './stream-copy.js';
import { StreamSearch } from './stream-search.js';

/** Streams that are looked at together, and carried over by one commit. */
const STREAMS_MAX = 200;

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
  readonly #slot: CarriedSlot;
  readonly #lists: ListCopy;
  readonly #moments = new CarriedMoments();
  readonly #streams: StreamCopy;
  readonly #store: Pick<ViewStore, 'read'>;
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
    { store, rulebook }: Pick<ProjectorPorts, 'rulebook'> & { store: ViewStore },
    from: () => Slot,
    foldTo: (end: Offset) => Promise<boolean>,
  ) {
    this.#owned = owned;
    this.#store = store;
    this.#slot = new CarriedSlot(owned);
    this.#lists = new ListCopy(this.#slot);
    this.#streams = new StreamCopy(this.#slot, this.#lists, this.#moments, rulebook, foldTo);
    this.#from = from;
    this.#foldTo = foldTo;
  }

  /** Leaves out what the slot does not judge yet; to be called before a batch is folded into it. Null: nothing. */
  choose(cache: SlotCache, items: readonly Item[]): Promise<void> | null {
    const { carried } = cache;
    return carried === null || carried.isOver ? null : this.#choose(cache, items);
  }

  async #choose(cache: SlotCache, items: readonly Item[]): Promise<void> {
    this.#moments.meets(items);
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
    const streams = streamsCarried(carried);
    if (next < this.#reached.next || streams < this.#reached.streams) this.#search.again();
    this.#reached = { next, streams };
    if (carried.copying !== null) {
      await this.#lists.remove(...carried.copying);
      return true;
    }
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
      this.#source = new CarriedSource(this.#store, slot);
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
    const missing = await this.#slot.missing(subjects.filter(isLost));
    const left = await this.#streams.copy(source, missing);
    if (left === null) return false;
    for (const subject of subjects) {
      if (left.has(subject)) continue;
      this.#search.found.delete(subject);
      this.#met.lost.delete(subject);
    }
    return true;
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
      const missing = new Set(await this.#slot.missing(subjects));
      return new Set(subjects.filter((subject) => !missing.has(subject)));
    };
    for (const writes of await restOf(source, moment, known, isBegun)) {
      await this.#slot.commit(({ checkpoint }, carried) => {
        if (checkpoint.next !== next) throw new SlotMoved('it was folded on');
        return { writes, carried };
      });
    }
    await this.#slot.commit(({ checkpoint }, carried) => {
      if (checkpoint.next !== next) return null;
      return { writes: noWrites(), carried: { ...carried, isOver: true }, time };
    });
    this.#moments.forget();
    return true;
  }
}
