import type { Rulebook } from '@refold/domain';
import { decodeRecord } from '../fold/decode.js';
import { NO_COUNTS } from '../fold/cut-writer.js';
import type { CutCounts } from '../fold/cut-writer.js';
import { foldCut } from '../fold/fold-cut.js';
import type { FoldedCut } from '../fold/fold-cut.js';
import type { FoldContext, Item } from '../fold/fold-context.js';
import type { EventLog, LogBatch, Offset } from '../ports/event-log.js';
import { StoreUnavailable, noWrites } from '../ports/view-store.js';
import type { ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { Timing } from '../timing.js';
import { breakerTrips } from './breaker.js';
import { LogUnavailable, checkPartitionCount, checkPosition } from './check-position.js';
import { LetterOutbox } from './letter-outbox.js';
import type { LetterOutcome } from './letter-outbox.js';
import { SlotMoved, loadBatch } from './load-batch.js';
import { openSlot } from './open-slot.js';
import { PartitionStopped } from './partition-stopped.js';
import { commitSlot, loadSlot } from './slot-owner.js';

/** What a partition reports after each commit. */
export interface Committed {
  partition: number;
  from: Offset;
  next: Offset;
  end: Offset;
  /** Largest append time folded so far, milliseconds; 0 = none. */
  time: number;
  counts: CutCounts;
  /** Some claim of it names who waits for its verdict. */
  asked: boolean;
}

/** What a partition's projector needs; all of it an argument. */
export interface ProjectorPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  /** The versions of rules and views that this process has. */
  rulebook: Rulebook;
  /** Random and new at every call. */
  commitId(): string;
  committed(report: Committed): void;
  /** Mirrors dead letters to their topic: one outcome per letter; a rejection is trouble for all. */
  mirror(letters: readonly DeadLetter[]): Promise<readonly LetterOutcome[]>;
  /** Passing trouble, for the log. */
  trouble(partition: number, what: string): void;
}

const BACKOFF_MS = [50, 100, 250, 500, 1000];

/** Records decoded and loaded at once. */
const SLICE_RECORDS = 1000;

/** Trouble that ends by itself: everything in memory is dropped and read again. */
const passes = (error: unknown): error is Error =>
  error instanceof SlotMoved ||
  error instanceof StoreUnavailable ||
  error instanceof LogUnavailable;

/**
 * Folds one partition: verify the position, decode, load, fold, commit. It holds the only cache of
 * its slot, and drops it whenever a commit did not come back as its own.
 */
export class PartitionProjector {
  readonly #ports: ProjectorPorts;
  readonly #projection: Projection;
  readonly #partition: number;
  #cache: SlotCache | null = null;
  #outbox: LetterOutbox | null = null;
  #revoked = false;
  /** Reading was interrupted, and the last folded record was not looked at since. */
  #interrupted = false;

  constructor(ports: ProjectorPorts, projection: Projection, partition: number) {
    this.#ports = ports;
    this.#projection = projection;
    this.#partition = partition;
  }

  /** The partition went to somebody else: nothing more is begun for it. */
  revoke(): void {
    this.#revoked = true;
    this.#outbox?.stop();
  }

  /** Where to read next, after the stored position was verified against the log. Waits out a store that is away. */
  async position(): Promise<Offset> {
    return (await this.#loaded()).checkpoint.next;
  }

  /** Folds a batch and returns where to read next; a batch from elsewhere is dropped whole. */
  async handle(batch: LogBatch): Promise<Offset> {
    const cache = await this.#loaded();
    if (batch.resumed === true) this.#interrupted = true;
    if (batch.from !== cache.checkpoint.next) return cache.checkpoint.next;
    try {
      if (batch.next === batch.from) return await this.#audit(cache, batch);
      await this.#checkEpoch(cache, batch);
      await this.#fold(cache, batch);
    } catch (error) {
      this.#cache = null;
      if (!passes(error)) throw error;
      this.#ports.trouble(this.#partition, error.message);
    }
    return (await this.#loaded()).checkpoint.next;
  }

  /** Nothing to fold: is the store still where this owner left it? It may have been emptied or restored. */
  async #audit(cache: SlotCache, batch: LogBatch): Promise<Offset> {
    const slot = slotOf(this.#projection, this.#partition);
    const { checkpoint } = await this.#ports.store.read(slot, []);
    if (checkpoint !== cache.text) throw new SlotMoved('the checkpoint moved while idle');
    if (this.#outbox?.hasMirrored === true) await this.#clearMirrored(cache);
    this.#outbox?.start();
    this.#report(cache, batch.from, batch.end, NO_COUNTS, false);
    return cache.checkpoint.next;
  }

  async #loaded(): Promise<SlotCache> {
    for (let attempt = 0; ; attempt++) {
      if (this.#cache !== null) return this.#cache;
      try {
        return await this.#load();
      } catch (error) {
        if (!passes(error) || this.#revoked) throw error;
        this.#ports.trouble(this.#partition, error.message);
        await this.#ports.timing.sleep(BACKOFF_MS[attempt] ?? 1000);
      }
    }
  }

  async #load(): Promise<SlotCache> {
    const { log, store, rulebook } = this.#ports;
    let loaded = await loadSlot(store, rulebook, this.#projection, this.#partition);
    if (loaded.checkpoint === null) {
      await openSlot(this.#ports, this.#projection, this.#partition, loaded.cache);
      loaded = await loadSlot(store, rulebook, this.#projection, this.#partition);
    }
    await checkPartitionCount(log, this.#projection);
    await checkPosition(log, this.#projection, this.#partition, loaded.checkpoint);
    const ports = this.#ports;
    this.#outbox?.stop();
    this.#outbox = new LetterOutbox(
      {
        timing: ports.timing,
        mirror: (letters) => ports.mirror(letters),
        trouble: (what) => ports.trouble(this.#partition, what),
      },
      loaded.pending,
    );
    this.#cache = loaded.cache;
    return loaded.cache;
  }

  /** A new leader may have lost the tail that was folded: look at the last record again. */
  async #checkEpoch(cache: SlotCache, batch: LogBatch): Promise<void> {
    const { last, next } = cache.checkpoint;
    const first = batch.records[0];
    const sameLeader = first === undefined || first.leaderEpoch === last?.leaderEpoch;
    if (next > 0 && (this.#interrupted || !sameLeader)) {
      await checkPosition(this.#ports.log, this.#projection, this.#partition, cache.checkpoint);
    }
    this.#interrupted = false;
  }

  /** A large batch is taken in slices, so that what was decoded can be forgotten young. */
  async #fold(cache: SlotCache, batch: LogBatch): Promise<void> {
    do {
      const records = batch.records.splice(0, SLICE_RECORDS);
      const next = batch.records[0]?.offset ?? batch.next;
      await this.#foldSlice(cache, { ...batch, records, next });
    } while (batch.records.length > 0);
  }

  async #foldSlice(cache: SlotCache, batch: LogBatch): Promise<void> {
    const projection = this.#projection;
    const partition = this.#partition;
    const where = { projection, partition, streams: new Map(), texts: new Map() };
    const items = batch.records.splice(0).map((record): Item => {
      const decoded = decodeRecord(record, where);
      return { record, decoded, stream: null, judged: false, verdict: null };
    });
    const isMisplaced = items.some(
      ({ decoded }) => decoded.kind === 'dead_letter' && decoded.misplaced === true,
    );
    if (isMisplaced) await checkPartitionCount(this.#ports.log, projection);
    const slot = slotOf(projection, partition);
    const { committed, streams } = await loadBatch(this.#ports.store, slot, cache, items);
    const accepted = { byIdentity: new Map<string, Item>(), indexed: 0 };
    const { rulebook } = this.#ports;
    const context = { projection, partition, rulebook, cache, items, committed, accepted };
    await this.#commitAll(context, items, batch);
    cache.trim(streams);
  }

  /** Empties `items`: what is folded is garbage, and must not grow old while the store is waited for. */
  async #commitAll(context: FoldContext, items: Item[], batch: LogBatch): Promise<void> {
    for (let at = 0; at < items.length || context.cache.checkpoint.next < batch.next;) {
      if (this.#revoked) throw new SlotMoved('the partition was revoked');
      const folded = foldCut(context, items, at);
      at += folded.length;
      const halted = folded.halt;
      const rest = items[at]?.record.offset ?? batch.next;
      if (at >= items.length) items.length = 0;
      if (folded.length > 0 || halted === null) {
        await this.#commit(context.cache, folded, rest, batch);
      }
      if (halted !== null) throw this.#unknownVersion(halted.offset, halted.what);
    }
  }

  #unknownVersion(offset: Offset, what: string): PartitionStopped {
    return new PartitionStopped(
      'unknown_version',
      `${this.#projection.topic}/${this.#partition}: the record at ${offset} has ${what}, which this ` +
        'build does not know. Deploy a build that does; nothing was skipped.',
    );
  }

  async #commit(cache: SlotCache, folded: FoldedCut, next: Offset, batch: LogBatch): Promise<void> {
    const { cut } = folded;
    if (breakerTrips(cut.newlyParked, cut.parkCauses.size, cut.streams)) {
      throw new PartitionStopped(
        'too_many_causes',
        `${this.#projection.topic}/${this.#partition}: ${cut.newlyParked} of ${cut.streams} streams ` +
          `would park for ${cut.parkCauses.size} distinct causes; nothing was committed. The fault ` +
          `is probably in this build: ${[...cut.parkCauses][0] ?? ''}`,
      );
    }
    const from = cache.checkpoint.next;
    const writes = cut.writes(folded.time);
    this.#outbox?.clearMirrored(writes, cache.letters);
    const { store } = this.#ports;
    const notices = cut.notices();
    const result = await commitSlot(store, this.#projection, this.#partition, cache, {
      next,
      folded,
      writes,
      notices,
      commitId: this.#ports.commitId(),
    });
    if (result === 'moved') throw new SlotMoved('a commit did not come back as mine');
    this.#report(cache, from, batch.end, cut.counts, notices.length > 0);
    this.#outbox?.add(cut.letters.added);
    this.#outbox?.forget(cut.letters.evicted);
    this.#outbox?.start();
  }

  /** Mirrored letters leave the slot with the next commit; an idle slot needs one of its own. */
  async #clearMirrored(cache: SlotCache): Promise<void> {
    const writes = noWrites();
    this.#outbox?.clearMirrored(writes, cache.letters);
    const { decider, next } = cache.checkpoint;
    const result = await commitSlot(this.#ports.store, this.#projection, this.#partition, cache, {
      next,
      folded: { decider, time: cache.time, last: null },
      writes,
      notices: [],
      commitId: this.#ports.commitId(),
    });
    if (result === 'moved') throw new SlotMoved('a commit did not come back as mine');
  }

  #report(cache: SlotCache, from: Offset, end: Offset, counts: CutCounts, asked: boolean): void {
    const { next, time } = cache.checkpoint;
    this.#ports.committed({ partition: this.#partition, from, next, end, time, counts, asked });
  }
}
