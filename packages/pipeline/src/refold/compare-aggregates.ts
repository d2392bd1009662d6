import { parseSubject } from '@refold/contracts';
import type { Entry } from '@refold/domain';
import { entriesOf } from '../fold/touched-stream.js';
import { noWrites } from '../ports/view-store.js';
import * as names from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { MemoryShadows } from './memory-shadows.js';
import { streamOf } from './replace-streams.js';
import { readDocument } from './stored-document.js';

/** Members of an index that are looked at in one moment. */
const MEMBERS_MAX = 200;

/** Pause between two looks at how far live folding is, milliseconds. */
const WAIT_MS = 200;

/** Streams that cannot be folded again and are summed as they are stored. */
const EXCLUDED_MAX = 1_000;

/** A place in an index. */
interface Member {
  score: number;
  member: string;
}

/** Counters and indexes of a partition against the sum over all its streams as the log makes them. */
export class AggregateComparison {
  readonly #shadows: MemoryShadows;
  readonly #compared: ReadonlySet<string>;
  readonly #mends: boolean;

  /**
   * @param compared Streams that were found to be what the log makes of them, or different.
   * @param mends Differences are put right, in the commit of the moment in which they are found.
   */
  constructor(shadows: MemoryShadows, compared: ReadonlySet<string>, mends: boolean) {
    this.#shadows = shadows;
    this.#compared = compared;
    this.#mends = mends;
  }

  /** False: too many streams of the partition cannot be folded again, or nobody knows which. */
  async run(): Promise<boolean> {
    const { attempt, logStart } = this.#shadows;
    await this.#pastDocuments();
    if (logStart > 0 && !(await this.#findLost())) return false;
    if (attempt.tally.unrebuildable.size > EXCLUDED_MAX) return false;
    await this.#atOneMoment((live) => this.#compareCounters(live));
    // What is listed since its view was mended may still stand among what no view lists.
    for (const index of new Set([...this.#indexes(), ...this.#unlisted()])) await this.#walk(index);
    return true;
  }

  /**
   * Waits until no document can be ahead of live folding, as it is where the checkpoint under it was lost:
   * counters and places are those of the documents, and nothing lists these. None is ahead of the log.
   */
  async #pastDocuments(): Promise<void> {
    const { attempt } = this.#shadows;
    const { end } = await attempt.reader.range();
    while ((await attempt.position()) < end) await attempt.ports.timing.sleep(WAIT_MS);
  }

  /**
   * Streams that began in a part of the log that is gone stand in the indexes all the same, and add to counters: they are
   * left out as they are stored. False: no index is known, because nothing could be folded.
   */
  async #findLost(): Promise<boolean> {
    const indexes = this.#indexes();
    for (const index of new Set([...indexes, ...this.#unlisted()])) {
      let before: Member | undefined;
      do {
        before = await this.#findLostIn(index, before);
      } while (before !== undefined);
    }
    return indexes.size > 0;
  }

  async #findLostIn(index: string, before: Member | undefined): Promise<Member | undefined> {
    const { attempt, logStart } = this.#shadows;
    const began = attempt.ports.timing.now();
    const last = await attempt.queued(async (live) => {
      const members = await this.#members(live, index, before);
      const subjects = members
        .flatMap(({ member }) => this.#subjectsOf(member))
        .filter((one) => !this.#compared.has(one) && !attempt.tally.unrebuildable.has(one));
      const texts = await attempt.owned.reads(live).all('get', subjects.map(names.documentName));
      subjects.forEach((subject, at) => {
        const first = readDocument(texts[at] ?? null)?.first ?? logStart;
        if (first < logStart) this.#shadows.leaveOut(subject);
      });
      return members.length < MEMBERS_MAX ? undefined : members.at(-1);
    });
    await attempt.pause(began);
    return last;
  }

  /** The next members of an index, and what they may be the streams of. */
  async #members(live: SlotCache, index: string, before: Member | undefined): Promise<Member[]> {
    const cursor = before === undefined ? {} : { before };
    const name = names.indexName(index);
    const read = { kind: 'ranked' as const, name, limit: MEMBERS_MAX, ...cursor };
    const [page] = await this.#shadows.attempt.owned.reads(live).each([read]);
    return (page ?? []) as Member[];
  }

  #subjectsOf(member: string): string[] {
    return this.#shadows.attempt.owned.projection.kinds.map((kind) => `${kind}/${member}`);
  }

  /** Runs `work` where the shadows stand with live folding. */
  async #atOneMoment<T>(work: (live: SlotCache) => Promise<T>): Promise<T> {
    const { attempt } = this.#shadows;
    for (;;) {
      await this.#shadows.follow();
      const began = attempt.ports.timing.now();
      const done = await attempt.queued(async (live) =>
        (await this.#shadows.catchUp(live)) ? { value: await work(live) } : null,
      );
      await attempt.pause(began);
      if (done !== null) return done.value;
    }
  }

  /** What the streams folded here add, as they stand: one that was left out later adds nothing. */
  *#entries(): Iterable<Entry> {
    const { cache } = this.#shadows.shadows;
    for (const stream of cache.streams()) yield* entriesOf(stream, cache.viewsFor(stream));
  }

  #indexes(): Set<string> {
    const indexes = new Set<string>();
    for (const entry of this.#entries()) if (entry.type === 'rank') indexes.add(entry.index);
    return indexes;
  }

  #unlisted(): string[] {
    return this.#shadows.attempt.owned.projection.kinds.map(names.unlistedOf);
  }

  async #compareCounters(live: SlotCache): Promise<void> {
    const { attempt } = this.#shadows;
    const expected = new Map<string, number>();
    for (const entries of [this.#entries(), await this.#excludedEntries(live)]) {
      for (const entry of entries) {
        if (entry.type !== 'count') continue;
        expected.set(entry.counter, (expected.get(entry.counter) ?? 0) + entry.amount);
      }
    }
    const [fields] = await attempt.owned.reads(live).all('fields', [names.COUNTERS]);
    const stored = new Map([...(fields ?? [])].map(([counter, text]) => [counter, Number(text)]));
    const writes = noWrites();
    for (const counter of new Set([...stored.keys(), ...expected.keys()])) {
      const [is, ought] = [stored.get(counter) ?? 0, expected.get(counter) ?? 0];
      if (is === ought) continue;
      attempt.tally.differs({
        stream: null,
        kind: 'count_mismatch',
        field: `/counters/${counter}`,
        stored: String(is),
        expected: String(ought),
      });
      writes.count.push([counter, ought - is]);
    }
    if (this.#mends && writes.count.length > 0) await attempt.owned.commit(live, { writes });
  }

  async #excludedEntries(live: SlotCache): Promise<Entry[]> {
    const { attempt } = this.#shadows;
    const subjects = [...attempt.tally.unrebuildable];
    const texts = await attempt.owned.reads(live).all('get', subjects.map(names.documentName));
    return subjects.flatMap((subject, at) => {
      const stream = streamOf(subject);
      stream.document = readDocument(texts[at] ?? null);
      return entriesOf(stream, live.viewsFor(stream));
    });
  }

  /** A member that ought to stand elsewhere does not move, so no step of the walk misses it. */
  async #walk(index: string): Promise<void> {
    let before: Member | undefined;
    do {
      before = await this.#atOneMoment((live) => this.#compareMembers(live, index, before));
    } while (before !== undefined);
  }

  async #compareMembers(
    live: SlotCache,
    index: string,
    before: Member | undefined,
  ): Promise<Member | undefined> {
    const { attempt } = this.#shadows;
    const members = await this.#members(live, index, before);
    const writes = noWrites();
    for (const { member, score } of members) {
      if (this.#stands(live, index, member, score)) continue;
      const [kind = ''] = attempt.owned.projection.kinds;
      attempt.tally.differs({
        stream: parseSubject(`${kind}/${member}`) === null ? null : `${kind}/${member}`,
        kind: 'unexpected',
        field: `/indexes/${index}`,
        stored: String(score),
        expected: null,
      });
      writes.unrank.push([names.indexName(index), member]);
    }
    if (this.#mends && writes.unrank.length > 0) await attempt.owned.commit(live, { writes });
    return members.length < MEMBERS_MAX ? undefined : members.at(-1);
  }

  /** Whether a stream of any kind puts the member there. */
  #stands(live: SlotCache, index: string, member: string, score: number): boolean {
    const { attempt, shadows } = this.#shadows;
    return this.#subjectsOf(member).some((subject) => {
      if (attempt.tally.unrebuildable.has(subject)) return true;
      const stream = shadows.cache.get(subject);
      if (stream === undefined) return false;
      return entriesOf(stream, live.viewsFor(stream)).some(
        (entry) => entry.type === 'rank' && entry.index === index && entry.score === score,
      );
    });
  }
}
