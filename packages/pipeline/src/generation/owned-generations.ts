import { CommitQueue } from '../project/commit-queue.js';
import { OwnedSlot, passes } from '../project/owned-slot.js';
import { PartitionStopped } from '../project/partition-stopped.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { SlotFolder } from '../project/slot-folder.js';
import type { Projection } from '../projection.js';
import { Refolder } from '../refold/refolder.js';
import { AsideFolding } from './aside-folding.js';
import type { AsidePorts, AsideProgress } from './aside-folding.js';
import { DroppedGeneration } from './dropped-generation.js';
import { OwnedSwap } from './owned-swap.js';
import { asideGenerations, generationOf, liveGeneration } from './pointer.js';
import type { Pointer, Swap } from './pointer.js';
import { PointerUnreadable, SHARE, readPointer } from './stored-pointer.js';
import { isLiveNow, settleRole } from './slot-role.js';

/** How often the owner of a partition reads the pointer, milliseconds. */
const LOOK_MS = 1_000;

/** Pause between two looks at a slot that is sealed, milliseconds. */
const SEALED_LOOK_MS = 50;

/** The slot that readers of a partition are given, in the hands of its owner. */
export interface LiveSlot {
  generation: number;
  owned: OwnedSlot;
  folder: SlotFolder;
  refolder: Refolder;
}

/**
 * All slots of one partition, one for each generation, in the hands of their owner. The pointer is what
 * they have to agree with; whatever they are found as is made so.
 */
export class OwnedGenerations {
  readonly #ports: ProjectorPorts;
  readonly #projection: Projection;
  readonly #partition: number;
  readonly #asidePorts: AsidePorts;
  readonly #asides = new Map<number, AsideFolding>();
  readonly #dropped = new Map<number, DroppedGeneration>();
  readonly #looks = new CommitQueue();
  #pointer: Pointer | null = null;
  #live: LiveSlot;
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #swap: OwnedSwap;
  #isRunning = false;
  #looking: Promise<void> | null = null;
  /** What stopped the looks; null: nothing. */
  #fault: Error | null = null;
  #isRevoked = false;

  constructor(
    ports: ProjectorPorts,
    projection: Projection,
    partition: number,
    beside: Omit<AsidePorts, 'ports' | 'from'>,
  ) {
    this.#ports = ports;
    this.#projection = projection;
    this.#partition = partition;
    this.#asidePorts = { ports, ...beside, from: () => this.#live.owned.slot };
    this.#swap = new OwnedSwap(ports);
    this.#live = this.#liveOf(projection.generation, this.#slotOf(projection.generation));
  }

  get live(): LiveSlot {
    return this.#live;
  }

  /** Whether the live generation is about to change: no task begins meanwhile, whose effects it would take back. */
  get isSwapping(): boolean {
    return this.#swap.pauseMs !== null;
  }

  /** Generations that are folded aside. */
  progress(): AsideProgress[] {
    return [...this.#asides.values()].map((aside) => aside.progress());
  }

  revoke(): void {
    this.#isRevoked = true;
    this.#live.owned.revoke();
    for (const { owned } of this.#asides.values()) owned.revoke();
    for (const dropped of this.#dropped.values()) dropped.stop();
  }

  /**
   * Finds out which slot is the live one, and does what the pointer asks for. Passing trouble is told and waited out;
   * without an answer a slot will do that is live: as long as it is, the pointer names it.
   */
  async begin(): Promise<void> {
    while (!(await this.#tryLook())) {
      this.#live.owned.checkOwned();
      if (await isLiveNow(this.#ports.store, this.#live.owned.slot)) return;
      await this.#ports.timing.sleep(LOOK_MS);
    }
  }

  /**
   * Has the pointer looked at where that is due. Nobody waits for it, but for a slot that is read again: it may have been
   * lost together with the pointer. That wait is bounded.
   * @throws what stopped the looks before
   */
  async lookBeside(): Promise<void> {
    if (this.#fault !== null) throw this.#fault;
    const { timing } = this.#ports;
    if (this.#live.owned.known === null) {
      await Promise.race([this.#lookOnce(), timing.sleep(LOOK_MS)]);
    } else if (!this.#isRunning && timing.now() - this.#lookedAt >= LOOK_MS) {
      void this.#lookOnce();
    }
  }

  /** Waits until the live slot may be folded on: a swap is carried out or given up meanwhile. */
  async opened(): Promise<void> {
    for (;;) {
      this.#live.owned.checkOwned();
      if (this.#fault !== null) throw this.#fault;
      const looked = this.#isRunning || (await this.#tryLook());
      if (looked && this.#live.owned.known?.checkpoint.role === 'live') return;
      await this.#ports.timing.sleep(looked ? SEALED_LOOK_MS : LOOK_MS);
    }
  }

  /** Joins the look that is under way. What ends the looks stops the partition: its live folding tells. */
  #lookOnce(): Promise<void> {
    this.#looking ??= this.#tryLook()
      .then(() => undefined)
      .catch((error: unknown) => {
        this.#fault = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => (this.#looking = null));
    return this.#looking;
  }

  /** @returns False for passing trouble, which is told. */
  async #tryLook(): Promise<boolean> {
    try {
      await this.#looks.run(() => this.#look());
      return true;
    } catch (error) {
      if (!passes(error)) throw error;
      if (!this.#isRevoked) this.#ports.trouble(this.#partition, error.message);
      return false;
    }
  }

  /** Waits for the pointer and the live slot; what the other slots need goes on beside. */
  async #look(): Promise<void> {
    this.#live.owned.checkOwned();
    const pointer = await this.#readPointer();
    this.#pointer = pointer;
    this.#lookedAt = this.#ports.timing.now();
    this.#switchTo(liveGeneration(pointer, this.#partition));
    await this.#settleLive(pointer);
    this.#settleAsides(pointer);
    this.#removeDropped(pointer);
    await this.#goOnWith(pointer, this.#swapOf(pointer));
    if (this.#asides.size > 0) this.#start();
  }

  async #readPointer(): Promise<Pointer> {
    try {
      return await readPointer(this.#ports.store, this.#projection);
    } catch (error) {
      if (!(error instanceof PointerUnreadable)) throw error;
      const message = `${this.#projection.topic}/${this.#partition}: ${error.message}`;
      throw new PartitionStopped('checkpoint_unreadable', message, { cause: error });
    }
  }

  /** The swap that is under way here. */
  #swapOf({ swap }: Pointer): Swap | null {
    return swap?.partitions.includes(this.#partition) === true ? swap : null;
  }

  async #goOnWith(pointer: Pointer, swap: Swap | null): Promise<void> {
    const next = swap === null ? undefined : this.#asides.get(swap.to);
    if (swap === null || next === undefined) {
      this.#swap.over();
      return;
    }
    await this.#swap.step({
      ...{ projection: this.#projection, pointer },
      ...{ swap, live: this.#live.owned, next },
      readPointer: () => this.#readPointer(),
    });
  }

  #switchTo(generation: number): void {
    if (generation === this.#live.generation) return;
    const before = this.#live;
    const aside = this.#asides.get(generation);
    aside?.stop();
    this.#asides.delete(generation);
    this.#live = this.#liveOf(generation, aside?.owned ?? this.#slotOf(generation));
    this.#addAside(before.generation, before.owned);
    this.#swap.switched();
  }

  /** A live slot that is not the swap's is folded on from where it stands. */
  async #settleLive(pointer: Pointer): Promise<void> {
    const { owned } = this.#live;
    const isSealed = await owned.queued(async () => {
      owned.checkOwned();
      return (await settleRole(owned, pointer, () => this.#readPointer())) === 'sealed';
    });
    this.#swap.settled(isSealed);
  }

  #settleAsides(pointer: Pointer): void {
    const wanted = new Set(asideGenerations(pointer, this.#partition));
    for (const [generation, aside] of this.#asides) {
      if (wanted.has(generation)) continue;
      aside.stop();
      this.#asides.delete(generation);
    }
    for (const generation of wanted) {
      const aside = this.#asides.get(generation) ?? this.#addAside(generation);
      aside.share = pointer.generations.get(generation)?.share ?? SHARE;
      void aside.settle(pointer, () => this.#readPointer());
      aside.start();
    }
  }

  #removeDropped(pointer: Pointer): void {
    for (const [number, { state }] of pointer.generations) {
      if (state !== 'dropping' || this.#dropped.has(number)) continue;
      const dropped = new DroppedGeneration(
        this.#asidePorts,
        this.#projection,
        this.#partition,
        number,
      );
      this.#dropped.set(number, dropped);
      void dropped.run(this.#asidePorts.turns).finally(() => this.#dropped.delete(number));
    }
  }

  #addAside(generation: number, owned = this.#slotOf(generation)): AsideFolding {
    const aside = new AsideFolding(this.#asidePorts, owned, SHARE);
    this.#asides.set(generation, aside);
    return aside;
  }

  #slotOf(generation: number): OwnedSlot {
    const projection = generationOf(this.#projection, generation);
    const slot = new OwnedSlot(this.#ports, projection, this.#partition, () => ({
      role: generation === this.#live.generation ? 'live' : 'aside',
      views: this.#pointer?.generations.get(generation)?.views ?? null,
      from: this.#live.owned.slot,
    }));
    if (this.#isRevoked) slot.revoke();
    return slot;
  }

  #liveOf(generation: number, owned: OwnedSlot): LiveSlot {
    const folder = new SlotFolder(this.#ports, owned);
    return { generation, owned, folder, refolder: new Refolder(owned, this.#ports) };
  }

  /** As long as there is more than the live generation, the pointer is looked at in time. */
  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#isRevoked && this.#asides.size > 0 && this.#fault === null) {
      await this.#ports.timing.sleep(this.#swap.pauseMs ?? LOOK_MS);
      if (!this.#isRevoked) await this.#lookOnce();
    }
    this.#isRunning = false;
  }
}
