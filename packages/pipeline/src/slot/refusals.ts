import type { RefusalCode, RefusalDetail } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';

/** How long a refusal, or a transient identity, is remembered: append time of the partition. */
export const LAPSE_MS = 24 * 60 * 60 * 1000;

/** Most refusals a partition remembers; the oldest lapse first, which is a function of the log too. */
export const REFUSALS_MAX = 65_536;

/** An offset, and the append time of the partition there. */
export interface Beginning {
  offset: number;
  time: number;
}

/** The first verdict of a refused claim. */
export interface Refusal {
  offset: number;
  /** Append time of the partition when it was judged. */
  time: number;
  code: RefusalCode;
  detail: RefusalDetail;
  /** Digest of the claim's content. */
  content: string;
  /** The stream that was asked for; null where format 1 wrote the refusal. */
  subject: string | null;
  /**
   * Where the claims of its stream have to be judged from, to come to this refusal and to all before it that
   * copies met since; absent: from itself on.
   */
  begins?: Beginning;
}

/** Where judging begins that comes to the same as this refusal and what stands beside it. */
const beginningOf = ({ offset, time, begins }: Refusal): Beginning => begins ?? { offset, time };

/** What is asked where only some streams of a partition are folded: nobody knows how many refusals of others came between. */
export interface RefusalDoubts {
  /** A copy met a refusal which may have made room before. */
  met(refusal: Refusal): void;
  /** A stream begins, and old refusals of it may have made room before: at which of these, the earliest last? */
  choose(subject: string, possible: readonly Beginning[]): Beginning;
}

/** The one of {@link RefusalDoubts.choose} from which all others are come by too. */
export function earliestOf(possible: readonly Beginning[]): Beginning {
  const earliest = possible.at(-1);
  if (earliest === undefined) throw new Error('a stream has no beginning');
  return earliest;
}

/** The earlier one of two. */
const earlier = (a: Beginning, b: Beginning): Beginning => (b.offset < a.offset ? b : a);

/** Whether so many others may stand behind a refusal that it is no longer known at `offset`. */
const mayHaveMadeRoom = (refusal: Refusal, offset: Offset): boolean =>
  offset - refusal.offset > REFUSALS_MAX;

export const encodeRefusal = ({ begins, ...r }: Refusal): string =>
  JSON.stringify([
    ...[r.offset, r.time, r.code, r.content, r.detail, r.subject],
    ...(begins === undefined ? [] : [[begins.offset, begins.time]]),
  ]);

export const decodeRefusal = (text: string): Refusal => {
  const [offset, time, code, content, detail, subject, begins] = JSON.parse(text) as [
    number,
    number,
    RefusalCode,
    string,
    RefusalDetail,
    string?,
    [number, number]?,
  ];
  const refusal = { offset, time, code, content, detail, subject: subject ?? null };
  if (begins === undefined) return refusal;
  return { ...refusal, begins: { offset: begins[0], time: begins[1] } };
};

/**
 * Refusals of one partition in log order, also those of streams that do not exist.
 * A refusal lapses by the partition's own time or when more than {@link REFUSALS_MAX} came after it.
 */
export class RefusalLog {
  readonly #doubts: RefusalDoubts | null;
  readonly #entries = new Map<string, Refusal>();
  /** Identities of the entries by the stream that was asked for; null: written by format 1. */
  readonly #bySubject = new Map<string | null, Set<string>>();

  /** @param doubts Null: all streams of the partition are folded, so there are none. */
  constructor(doubts: RefusalDoubts | null = null) {
    this.#doubts = doubts;
  }

  static load(fields: ReadonlyMap<string, string>): RefusalLog {
    const log = new RefusalLog();
    [...fields]
      .map(([identity, text]) => ({ identity, refusal: decodeRefusal(text) }))
      .sort((a, b) => a.refusal.offset - b.refusal.offset)
      .forEach(({ identity, refusal }) => log.#put(identity, refusal));
    return log;
  }

  /**
   * The first verdict of this identity, unless it has lapsed at `time`. A claim at `offset` only meets
   * what was refused before it: after a lost checkpoint its own refusal may be there already.
   */
  find(identity: string, time: number, offset: Offset): Refusal | null {
    const refusal = this.#known(identity, time, offset);
    if (refusal !== null && mayHaveMadeRoom(refusal, offset)) this.#doubts?.met(refusal);
    return refusal;
  }

  #known(identity: string, time: number, offset: Offset): Refusal | null {
    const refusal = this.#entries.get(identity);
    if (refusal === undefined || refusal.offset >= offset) return null;
    if (time - refusal.time >= LAPSE_MS) return null;
    return refusal;
  }

  /** Of the refusals of a stream that stand at `time`, those before `offset`, by identity; in no order. */
  standing(subject: string | null, time: number, offset: Offset): Map<string, Refusal> {
    const found = new Map<string, Refusal>();
    for (const identity of this.#bySubject.get(subject) ?? []) {
      const refusal = this.#known(identity, time, offset);
      if (refusal !== null) found.set(identity, refusal);
    }
    return found;
  }

  /**
   * Where the claims of a stream that begins at `own` have to be judged from: copies will meet the refusals
   * that stand then, and copies between those met earlier ones, which may stand no more.
   */
  beginning(subject: string, own: Beginning): Beginning {
    const standing = [...this.standing(subject, own.time, own.offset).values()];
    if (standing.length === 0) return own;
    const possible: Beginning[] = [];
    let first = own;
    // The oldest make room first.
    for (const refusal of standing.sort((a, b) => b.offset - a.offset)) {
      const begins = earlier(first, beginningOf(refusal));
      if (begins !== first && mayHaveMadeRoom(refusal, own.offset)) possible.push(first);
      first = begins;
    }
    if (possible.length === 0 || this.#doubts === null) return first;
    return this.#doubts.choose(subject, [...possible, first]);
  }

  /**
   * A claim at `offset` met a refusal, and its stream has not begun. Judging that begins between the two
   * would not find it, so the newest refusal of the stream, which stands longest, says where to begin
   * instead. Returns that one with its identity where it changed.
   */
  meet(identity: string, time: number, offset: Offset): [string, Refusal] | null {
    const met = this.find(identity, time, offset);
    if (met?.subject == null) return null;
    let begins = beginningOf(met);
    let newest: [string, Refusal] = [identity, met];
    for (const one of this.standing(met.subject, time, offset)) {
      if (one[1].offset <= met.offset) continue;
      begins = earlier(begins, beginningOf(one[1]));
      if (one[1].offset > newest[1].offset) newest = one;
    }
    const [carrier, refusal] = newest;
    if (refusal === met || beginningOf(refusal).offset === begins.offset) return null;
    const changed = { ...refusal, begins };
    this.#entries.set(carrier, changed);
    return [carrier, changed];
  }

  /**
   * The claim at `offset`, which was refused there first, is left out by a record behind it: it counts as refused for
   * that. Null: nothing is known of it.
   */
  skip(identity: string, offset: Offset): Refusal | null {
    const known = this.#entries.get(identity);
    if (known?.offset !== offset) return null;
    const skipped: Refusal = { ...known, code: 'skipped', detail: {} };
    this.#entries.set(identity, skipped);
    return skipped;
  }

  /** Streams of which a claim below `offset` was refused; those that format 1 wrote are not known. */
  subjectsBelow(offset: Offset): Set<string> {
    const subjects = new Set<string>();
    for (const { subject, offset: at } of this.#entries.values()) {
      if (at >= offset) break;
      if (subject !== null) subjects.add(subject);
    }
    return subjects;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All by identity, in log order. */
  all(): IterableIterator<[string, Refusal]> {
    return this.#entries.entries();
  }

  /** What is known of an identity, lapsed or not. */
  get(identity: string): Refusal | undefined {
    return this.#entries.get(identity);
  }

  /** The refusals of a stream that stand at `time`, by identity. */
  of(subject: string, time: number): Map<string, Refusal> {
    const found = new Map<string, Refusal>();
    for (const identity of this.#bySubject.get(subject) ?? []) {
      const refusal = this.#entries.get(identity);
      if (refusal !== undefined && time - refusal.time < LAPSE_MS) found.set(identity, refusal);
    }
    return found;
  }

  /**
   * Puts `refusals` in the place of what is known of a stream. Returns the identities that are no
   * longer known, of other streams too: the oldest make room.
   */
  replace(subject: string, refusals: ReadonlyMap<string, Refusal>): string[] {
    const gone = new Set([...(this.#bySubject.get(subject) ?? [])]);
    for (const identity of gone) this.#delete(identity);
    for (const [identity, refusal] of refusals) {
      this.#delete(identity);
      this.#put(identity, refusal);
      gone.delete(identity);
    }
    if (refusals.size > 0) this.#sort();
    while (this.#entries.size > REFUSALS_MAX) {
      const [oldest = ''] = this.#entries.keys();
      this.#delete(oldest);
      gone.add(oldest);
    }
    return [...gone];
  }

  /** Back into log order. */
  #sort(): void {
    const sorted = [...this.#entries].sort(([, a], [, b]) => a.offset - b.offset);
    this.#entries.clear();
    for (const [identity, refusal] of sorted) this.#entries.set(identity, refusal);
  }

  /** Remembers a refusal; returns the identity that lapses to make room, or null. */
  add(identity: string, refusal: Refusal): string | null {
    this.#delete(identity);
    this.#put(identity, refusal);
    if (this.#entries.size <= REFUSALS_MAX) return null;
    const [oldest] = this.#entries.keys();
    if (oldest === undefined) return null;
    this.#delete(oldest);
    return oldest;
  }

  /** Forgets what has lapsed at `time`; returns the identities. */
  prune(time: number): string[] {
    const lapsed: string[] = [];
    for (const [identity, refusal] of this.#entries) {
      if (time - refusal.time < LAPSE_MS) break;
      lapsed.push(identity);
    }
    lapsed.forEach((identity) => this.#delete(identity));
    return lapsed;
  }

  #put(identity: string, refusal: Refusal): void {
    this.#entries.set(identity, refusal);
    const known = this.#bySubject.get(refusal.subject);
    if (known === undefined) this.#bySubject.set(refusal.subject, new Set([identity]));
    else known.add(identity);
  }

  #delete(identity: string): void {
    const subject = this.#entries.get(identity)?.subject ?? null;
    this.#entries.delete(identity);
    const known = this.#bySubject.get(subject);
    known?.delete(identity);
    if (known?.size === 0) this.#bySubject.delete(subject);
  }
}
