/** One partition of one generation of a projection: what one commit covers, and one hash slot. */
export interface Slot {
  projection: string;
  generation: number;
  partition: number;
}

/** `{runs.g1.p7}`: the hash tag that all keys of a slot share. */
export const slotTag = (slot: Slot): string =>
  `{${slot.projection}.g${slot.generation}.p${slot.partition}}`;

/**
 * The writes of one commit, already folded: each key appears at most once per kind of write.
 * Names are relative to the slot. A name is used with one kind of value only, so no write can fail;
 * the name `checkpoint` is reserved. All text is well-formed Unicode, lone surrogates do not survive.
 * Applied in the order of the members below.
 */
export interface Writes {
  /** Text values, replaced whole. */
  set: [name: string, value: string][];
  /** One element appended to a list, which is created on first use. */
  push: [name: string, element: string][];
  /** Fields of a hash. */
  putField: [name: string, field: string, value: string][];
  dropField: [name: string, field: string][];
  /** Members of an ordered index; a member that stands there already moves. Scores are safe integers. */
  rank: [name: string, member: string, score: number][];
  unrank: [name: string, member: string][];
  /**
   * Counters, fields of the hash `counters`; amounts may be negative. A counter that comes to zero is
   * absent, so that what stands there does not depend on where commits were cut.
   */
  count: [counter: string, amount: number][];
  /** Whole keys, whatever their kind. */
  remove: string[];
}

export const noWrites = (): Writes => ({
  set: [],
  push: [],
  putField: [],
  dropField: [],
  rank: [],
  unrank: [],
  count: [],
  remove: [],
});

/** A message sent after the writes, with the commit; lost without harm. */
export interface Notice {
  channel: string;
  message: string;
}

/** `stale`: the checkpoint was not the expected one, nothing was written, `current` is what stands there. */
export type CommitOutcome = { outcome: 'committed' } | { outcome: 'stale'; current: string | null };

/** One read of a snapshot; the result's shape follows the kind. */
export type Read =
  | { kind: 'get'; name: string }
  | { kind: 'list'; name: string }
  | { kind: 'fields'; name: string }
  | { kind: 'field'; name: string; field: string }
  /**
   * Highest score first, ties by member descending in the order of its UTF-8 bytes; strictly below
   * `before`, which need not stand in the index, at most `limit`.
   */
  | { kind: 'ranked'; name: string; before?: { score: number; member: string }; limit: number };

export interface ReadResults {
  get: string | null;
  list: string[];
  fields: Map<string, string>;
  field: string | null;
  ranked: { member: string; score: number }[];
}

export type ResultsOf<R extends readonly Read[]> = {
  [I in keyof R]: R[I] extends { kind: infer K extends keyof ReadResults } ? ReadResults[K] : never;
};

/** Everything in `results` and the checkpoint belong to one moment. */
export interface Snapshot<R extends readonly Read[]> {
  checkpoint: string | null;
  results: ResultsOf<R>;
}

/**
 * The store cannot be reached or cannot answer now. Passing: ask again later. A read or a pin that
 * rejects with it changed nothing; a commit rejects with it only when the store was closed meanwhile,
 * and then its outcome is unknown.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * Read models and their checkpoints. A slot has one writer, and the checkpoint is its fence.
 *
 * `commit` compares the whole checkpoint text with `expected` (null: there is none), and in the same
 * atomic step applies every write, replaces the checkpoint by `next` and sends the notices; or it
 * does nothing. It waits out passing trouble (loading, failover, slot migration) without bound and
 * may apply a commit and lose the answer: the caller tells from the commit ID in the checkpoint.
 * A rejection means that the store refused for good or the connection was lost: outcome unknown.
 *
 * Kept or lost together: whatever survives a crash is the state after some earlier commit.
 * Reads are from the same copy that commits go to, never from a replica.
 * Closes: whoever created the store, after every subscription.
 */
export interface ViewStore {
  /** What in the store's settings would lose data (eviction, replica reads), in words that say what to do. */
  check(): Promise<string[]>;
  /** A frozen fact of a projection (its partition count): stored on first use, returned ever after. */
  pin(projection: string, fact: string, value: string): Promise<string>;
  read<const R extends readonly Read[]>(slot: Slot, reads: R): Promise<Snapshot<R>>;
  commit(
    slot: Slot,
    expected: string | null,
    next: string,
    writes: Writes,
    notices: readonly Notice[],
  ): Promise<CommitOutcome>;
  /**
   * Messages of a channel from now on. At most once: `resumed` is called after every gap, so that
   * the listener re-reads what it waits for. Returns how to stop.
   */
  listen(channel: string, listener: Listener): Promise<() => Promise<void>>;
  /** Null when the store answers and refuses nothing; else why not. Bounded to about a second. */
  ping(): Promise<string | null>;
  close(): Promise<void>;
}

/** Called by the store, never at once from `listen`; neither may throw. */
export interface Listener {
  message(message: string): void;
  resumed(): void;
}
