import type { Read, ReadResults, Writes } from '@refold/pipeline';

/**
 * Everything one slot holds, as plain comparable data: equal slots have deeply equal dumps.
 * Empty lists, hashes and indexes are absent; indexes stand in reading order, highest score first.
 */
export interface SlotDump {
  checkpoint: string | null;
  text: Record<string, string>;
  lists: Record<string, string[]>;
  hashes: Record<string, Record<string, string>>;
  ranked: Record<string, { member: string; score: number }[]>;
}

const utf8 = new TextEncoder();

/** Orders text by its UTF-8 bytes, which is the order of ties in every store. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(utf8.encode(a), utf8.encode(b));
}

/** Reading order of an index: highest score first, ties by member descending. */
const byRank = (
  a: { member: string; score: number },
  b: { member: string; score: number },
): number => b.score - a.score || compareUtf8(b.member, a.member);

/** What one name holds. A name has one kind of value until it is removed. */
type Held = string | string[] | Map<string, string> | Map<string, number>;
type Kind = 'text' | 'list' | 'hash' | 'index';

interface Entry {
  kind: Kind;
  held: Held;
}

/** One slot in memory. Every method is synchronous, so each call is one moment. */
export class MemorySlot {
  checkpoint: string | null = null;
  readonly #entries = new Map<string, Entry>();

  /** Applies the writes in the order of the port. Throws before the first write if one cannot be applied. */
  apply(writes: Writes): void {
    this.#refuseMisuse(writes);
    for (const [name, value] of writes.set) this.#entries.set(name, { kind: 'text', held: value });
    for (const [name, element] of writes.push)
      this.#open(name, 'list', [] as string[]).push(element);
    for (const [name, field, value] of writes.putField) this.#hash(name).set(field, value);
    for (const [name, field] of writes.dropField) this.#drop(name, field);
    for (const [name, member, score] of writes.rank) {
      this.#open(name, 'index', new Map<string, number>()).set(member, score);
    }
    for (const [name, member] of writes.unrank) this.#drop(name, member);
    for (const [counter, amount] of writes.count) this.#count(counter, amount);
    for (const name of writes.remove) this.#entries.delete(name);
  }

  /** The answer to one read. Absent names answer null or empty. */
  read(read: Read): ReadResults[Read['kind']] {
    const held = this.#entries.get(read.name)?.held;
    switch (read.kind) {
      case 'get':
        return (held as string | undefined) ?? null;
      case 'list':
        return [...((held as string[] | undefined) ?? [])];
      case 'fields':
        return new Map((held as Map<string, string> | undefined) ?? []);
      case 'field':
        return (held as Map<string, string> | undefined)?.get(read.field) ?? null;
      case 'ranked': {
        const all = ranked((held as Map<string, number> | undefined) ?? new Map<string, number>());
        const { before } = read;
        const below = before === undefined ? all : all.filter((one) => byRank(before, one) < 0);
        return below.slice(0, read.limit);
      }
    }
  }

  dump(): SlotDump {
    const dump: SlotDump = {
      checkpoint: this.checkpoint,
      text: {},
      lists: {},
      hashes: {},
      ranked: {},
    };
    for (const [name, { kind, held }] of this.#entries) {
      if (kind === 'text') dump.text[name] = held as string;
      else if (kind === 'list') dump.lists[name] = [...(held as string[])];
      else if (kind === 'hash') dump.hashes[name] = Object.fromEntries(held as Map<string, string>);
      else dump.ranked[name] = ranked(held as Map<string, number>);
    }
    return dump;
  }

  /** An independent copy: what a backup or a replica of this moment holds. */
  copy(): MemorySlot {
    const copy = new MemorySlot();
    copy.checkpoint = this.checkpoint;
    for (const [name, { kind, held }] of this.#entries) {
      copy.#entries.set(name, { kind, held: structuredClone(held) });
    }
    return copy;
  }

  #hash(name: string): Map<string, string> {
    return this.#open(name, 'hash', new Map<string, string>());
  }

  #open<H extends Held>(name: string, kind: Kind, fresh: H): H {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry.held as H;
    this.#entries.set(name, { kind, held: fresh });
    return fresh;
  }

  #drop(name: string, member: string): void {
    const held = this.#entries.get(name)?.held as Map<string, unknown> | undefined;
    held?.delete(member);
    if (held?.size === 0) this.#entries.delete(name);
  }

  #count(counter: string, amount: number): void {
    const counters = this.#hash('counters');
    const total = Number(counters.get(counter) ?? 0) + amount;
    if (total === 0) this.#drop('counters', counter);
    else counters.set(counter, String(total));
    if (counters.size === 0) this.#entries.delete('counters');
  }

  /** What would fail half-way in a real store is refused here, so that tests find it first. */
  #refuseMisuse(writes: Writes): void {
    const kinds = new Map<string, Kind>();
    const use = (name: string, kind: Kind) => {
      if (name === 'checkpoint') throw new TypeError('writes: the name "checkpoint" is reserved');
      const stands = kinds.get(name) ?? this.#entries.get(name)?.kind ?? kind;
      if (stands !== kind) {
        throw new TypeError(
          `writes: ${name} holds a ${stands}; remove it before it becomes a ${kind}`,
        );
      }
      kinds.set(name, kind);
    };
    for (const [name] of writes.set) use(name, 'text');
    for (const [name] of writes.push) use(name, 'list');
    for (const [name] of writes.putField) use(name, 'hash');
    for (const [name] of writes.dropField) use(name, 'hash');
    for (const [name] of writes.rank) use(name, 'index');
    for (const [name] of writes.unrank) use(name, 'index');
    if (writes.count.length > 0) use('counters', 'hash');
    for (const [name, , score] of writes.rank) refuseUnsafe(`rank ${name}`, score);
    for (const [counter, amount] of writes.count) refuseUnsafe(`count ${counter}`, amount);
  }
}

function refuseUnsafe(what: string, value: number): void {
  if (!Number.isSafeInteger(value)) {
    throw new TypeError(`writes: ${what} is ${value}; expected a safe integer`);
  }
}

function ranked(index: Map<string, number>): { member: string; score: number }[] {
  return [...index].map(([member, score]) => ({ member, score })).sort(byRank);
}
