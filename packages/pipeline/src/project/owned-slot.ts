import type { Offset } from '../ports/event-log.js';
import { StoreUnavailable } from '../ports/view-store.js';
import { noWrites } from '../ports/view-store.js';
import type { Notice, Slot, Writes } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import type { Role } from '../slot/checkpoint.js';
import { SEAL } from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { LogUnavailable, checkPartitionCount, checkPosition } from './check-position.js';
import { CommitQueue } from './commit-queue.js';
import { LetterOutbox } from './letter-outbox.js';
import { SlotMoved, SlotReads } from './load-batch.js';
import { openSlot } from './open-slot.js';
import type { ProjectorPorts } from './projector-ports.js';
import { commitSlot, loadSlot, mirrorsLetters } from './slot-owner.js';
import type { CommitRequest, SlotBeginning } from './slot-owner.js';

const BACKOFF_MS = [50, 100, 250, 500, 1000];

/** Trouble that ends by itself: everything in memory is dropped and read again. */
export const passes = (error: unknown): error is Error =>
  error instanceof SlotMoved ||
  error instanceof StoreUnavailable ||
  error instanceof LogUnavailable;

/** What a commit changes; a `next` that is left out stays where it is, and so does what was folded. */
interface SlotCommit {
  next?: Offset;
  role?: Role;
  folded?: CommitRequest['folded'];
  writes: Writes;
  notices?: Notice[];
}

/**
 * The slot of one partition in the hands of its owner. It holds the only cache of the slot, and drops
 * it whenever something went wrong: a commit that did not come back as its own above all.
 */
export class OwnedSlot {
  readonly projection: Projection;
  readonly partition: number;
  readonly #ports: ProjectorPorts;
  readonly #beginning: () => SlotBeginning;
  readonly #queue = new CommitQueue();
  #cache: SlotCache | null = null;
  #outbox: LetterOutbox | null = null;
  #revoked = false;

  constructor(
    ports: ProjectorPorts,
    projection: Projection,
    partition: number,
    beginning: () => SlotBeginning,
  ) {
    this.#ports = ports;
    this.#beginning = beginning;
    this.projection = projection;
    this.partition = partition;
  }

  get slot(): Slot {
    return slotOf(this.projection, this.partition);
  }

  /** Dead letters of the slot on their way to their topic; null before the slot was read. */
  get outbox(): LetterOutbox | null {
    return this.#outbox;
  }

  /** What is in memory of the slot; null: it has to be read. */
  get known(): SlotCache | null {
    return this.#cache;
  }

  /** The partition went to somebody else: nothing more is begun for it. */
  revoke(): void {
    this.#revoked = true;
    this.#outbox?.stop();
  }

  get isRevoked(): boolean {
    return this.#revoked;
  }

  /** Runs a piece of work that reads the slot to write it, behind all that was asked for before. */
  queued<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work);
  }

  /** @throws SlotMoved when the partition went to somebody else. */
  checkOwned(): void {
    if (this.#revoked) throw new SlotMoved('the partition was revoked');
  }

  /** Forgets everything in memory: the slot is read again. */
  forget(): void {
    this.#cache = null;
  }

  /** Forgets everything in memory; a passing trouble is reported, any other is thrown. */
  drop(error: unknown): void {
    this.forget();
    if (!passes(error)) throw error;
    this.#ports.trouble(this.partition, error.message);
  }

  /**
   * The cache, read from the store where there is none, after its position was verified against the
   * log. Waits out a store or a log that is away. To be called from within the queue.
   */
  async loaded(): Promise<SlotCache> {
    for (let attempt = 0; ; attempt++) {
      if (this.#cache !== null) return this.#cache;
      try {
        return await this.#load();
      } catch (error) {
        if (!passes(error) || this.#revoked) throw error;
        this.#ports.trouble(this.partition, error.message);
        await this.#ports.timing.sleep(BACKOFF_MS[attempt] ?? 1000);
      }
    }
  }

  /** Reads of the slot as the cache knows it; to be used from within the queue. */
  reads(cache: SlotCache): SlotReads {
    return new SlotReads(this.#ports.store, this.slot, cache.text);
  }

  /** One commit on top of the cache. @throws SlotMoved when it did not come back as mine. */
  async commit(
    cache: SlotCache,
    { next, role, folded, writes, notices }: SlotCommit,
  ): Promise<void> {
    this.#outbox?.clearMirrored(writes, cache.letters);
    const { checkpoint, time } = cache;
    const result = await commitSlot(this.#ports.store, this.projection, this.partition, cache, {
      next: next ?? checkpoint.next,
      role: role ?? checkpoint.role,
      folded: folded ?? { decider: checkpoint.decider, time, last: null },
      writes,
      notices: notices ?? [],
      commitId: this.#ports.commitId(),
    });
    if (result === 'moved') throw new SlotMoved('a commit did not come back as mine');
  }

  /** Makes the slot live, aside or sealed where it stands; to be called from within the queue. */
  async assume(cache: SlotCache, role: Role, seal: string | null): Promise<void> {
    const writes = noWrites();
    if (seal === null) writes.remove.push(SEAL);
    else writes.set.push([SEAL, seal]);
    try {
      await this.commit(cache, { role, writes });
    } catch (error) {
      this.#cache = null;
      throw error;
    }
    cache.seal = seal;
    cache.letters.mirrors = mirrorsLetters(role);
  }

  async #load(): Promise<SlotCache> {
    const { log, store, rulebook } = this.#ports;
    const beginning = this.#beginning();
    const read = () => loadSlot(store, rulebook, this.projection, this.partition, beginning);
    let loaded = await read();
    if (loaded.checkpoint === null) {
      await openSlot(this.#ports, this.projection, this.partition, loaded.cache, beginning.from);
      loaded = await read();
    }
    await checkPartitionCount(log, this.projection);
    await checkPosition(log, this.projection, this.partition, loaded.checkpoint);
    const ports = this.#ports;
    this.#outbox?.stop();
    this.#outbox = new LetterOutbox(
      {
        timing: ports.timing,
        mirror: (letters) => ports.mirror(letters),
        trouble: (what) => ports.trouble(this.partition, what),
      },
      loaded.pending,
    );
    this.#cache = loaded.cache;
    return loaded.cache;
  }
}
