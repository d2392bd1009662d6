import {
  slotTag,
  type CommitOutcome,
  type Listener,
  type Notice,
  type Read,
  type ResultsOf,
  type Slot,
  type Snapshot,
  type ViewStore,
  type Writes,
} from '@refold/pipeline';
import { MemorySlot, type SlotDump } from './memory-slot.js';

/** Everything a store holds at one moment; `restore` may bring it back any number of times. */
export interface StoreImage {
  readonly slots: ReadonlyMap<string, MemorySlot>;
  readonly pins: ReadonlyMap<string, string>;
}

/**
 * A {@link ViewStore} in this process. The port's methods answer on a later microtask; the `...Now`
 * methods are the same steps done at once, so that a simulation can put delay, loss of the reply or
 * loss of the request around them. Stricter than a real store: it throws on writes that would fail
 * half-way there (a name used as two kinds, an unsafe number).
 */
export interface MemoryViewStore extends ViewStore {
  commitNow(
    slot: Slot,
    expected: string | null,
    next: string,
    writes: Writes,
    notices: readonly Notice[],
  ): CommitOutcome;
  readNow<const R extends readonly Read[]>(slot: Slot, reads: R): Snapshot<R>;
  /** What the slot holds, as plain data; a slot never written to has an empty dump. */
  dump(slot: Slot): SlotDump;
  /** The tags of all slots that hold something, in order. */
  slotTags(): string[];
  /** A copy of everything: with `restore`, a store that came back as an older prefix. */
  capture(): StoreImage;
  restore(image: StoreImage): void;
  /** Everything is gone, pins too. */
  wipe(): void;
  /** Listeners learn of a gap, as after a lost connection. */
  interrupt(): void;
}

/** An empty memory store. Nothing survives it. */
export function createMemoryViewStore(): MemoryViewStore {
  return new Store();
}

class Store implements MemoryViewStore {
  #slots = new Map<string, MemorySlot>();
  #pins = new Map<string, string>();
  readonly #listeners = new Map<string, Set<Listener>>();
  #closed = false;

  commitNow(
    slot: Slot,
    expected: string | null,
    next: string,
    writes: Writes,
    notices: readonly Notice[],
  ): CommitOutcome {
    const tag = slotTag(slot);
    const state = this.#slots.get(tag) ?? new MemorySlot();
    if (state.checkpoint !== expected) return { outcome: 'stale', current: state.checkpoint };
    state.apply(writes);
    state.checkpoint = next;
    this.#slots.set(tag, state);
    for (const { channel, message } of notices) {
      for (const listener of this.#listeners.get(channel) ?? []) listener.message(message);
    }
    return { outcome: 'committed' };
  }

  readNow<const R extends readonly Read[]>(slot: Slot, reads: R): Snapshot<R> {
    const state = this.#slots.get(slotTag(slot)) ?? new MemorySlot();
    const results = reads.map((read) => state.read(read)) as ResultsOf<R>;
    return { checkpoint: state.checkpoint, results };
  }

  dump(slot: Slot): SlotDump {
    return (this.#slots.get(slotTag(slot)) ?? new MemorySlot()).dump();
  }

  slotTags(): string[] {
    return [...this.#slots.keys()].sort();
  }

  capture(): StoreImage {
    return { slots: copyAll(this.#slots), pins: new Map(this.#pins) };
  }

  restore(image: StoreImage): void {
    this.#slots = copyAll(image.slots);
    this.#pins = new Map(image.pins);
  }

  wipe(): void {
    this.#slots = new Map();
    this.#pins = new Map();
  }

  interrupt(): void {
    for (const listeners of this.#listeners.values()) {
      for (const listener of listeners) listener.resumed();
    }
  }

  async check(): Promise<string[]> {
    return [];
  }

  async pin(projection: string, fact: string, value: string): Promise<string> {
    this.#refuseClosed();
    const key = JSON.stringify([projection, fact]);
    const pinned = this.#pins.get(key) ?? value;
    this.#pins.set(key, pinned);
    return pinned;
  }

  async read<const R extends readonly Read[]>(slot: Slot, reads: R): Promise<Snapshot<R>> {
    this.#refuseClosed();
    return this.readNow(slot, reads);
  }

  async commit(
    slot: Slot,
    expected: string | null,
    next: string,
    writes: Writes,
    notices: readonly Notice[],
  ): Promise<CommitOutcome> {
    this.#refuseClosed();
    return this.commitNow(slot, expected, next, writes, notices);
  }

  async listen(channel: string, listener: Listener): Promise<() => Promise<void>> {
    this.#refuseClosed();
    // An entry of its own, so that one listener may listen twice.
    const entry: Listener = {
      message: (message) => listener.message(message),
      resumed: () => listener.resumed(),
    };
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(entry));
    return async () => {
      listeners.delete(entry);
      if (listeners.size === 0 && this.#listeners.get(channel) === listeners) {
        this.#listeners.delete(channel);
      }
    };
  }

  async ping(): Promise<string | null> {
    return this.#closed ? 'the store is closed' : null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Error('the store is closed');
  }
}

function copyAll(slots: ReadonlyMap<string, MemorySlot>): Map<string, MemorySlot> {
  return new Map([...slots].map(([tag, slot]) => [tag, slot.copy()]));
}
