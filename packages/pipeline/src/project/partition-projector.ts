import type { AsideProgress, LiveProgress } from '../generation/aside-folding.js';
import { OwnedGenerations } from '../generation/owned-generations.js';
import type { LogBatch, Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import type { RefoldProgress, RefoldTask } from '../refold/refold-task.js';
import type { Refolder } from '../refold/refolder.js';
import { tellProgress } from '../refold/slot-task.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { CommitQueue } from './commit-queue.js';
import type { ProjectorPorts } from './projector-ports.js';

/** Folds one partition: the live generation as it is read, and others behind it. */
export class PartitionProjector {
  readonly #generations: OwnedGenerations;
  /** The end of the log as live folding was told last; until then nobody knows how far it lags. */
  #end: Offset = Number.POSITIVE_INFINITY;

  /** @param turns What is folded aside takes turns over all partitions of a process. */
  constructor(
    ports: ProjectorPorts,
    projection: Projection,
    partition: number,
    turns = new CommitQueue(),
  ) {
    const live = (): LiveProgress => this.#progress();
    this.#generations = new OwnedGenerations(ports, projection, partition, { turns, live });
  }

  /** The partition went to somebody else: nothing more is begun for it. */
  revoke(): void {
    this.#generations.revoke();
  }

  /** The live generation. */
  get generation(): number {
    return this.#generations.live.generation;
  }

  /** Generations that are folded aside. */
  asides(): AsideProgress[] {
    return this.#generations.progress();
  }

  /** Where to read next, after the stored position was verified against the log. Waits out a store that is away. */
  async position(): Promise<Offset> {
    await this.#generations.begin();
    const { owned } = this.#generations.live;
    return owned.queued(async () => this.#next(await owned.loaded()));
  }

  /** As {@link Refolder.request}; while a swap is under way, too, another task is carried out first. */
  request(task: RefoldTask): 'taken' | 'busy' {
    const { isSwapping, live } = this.#generations;
    const isBegun = live.refolder.progress()?.operation === task.operation;
    if (isSwapping && !isBegun) return 'busy';
    return live.refolder.request(task);
  }

  /** Tasks that fold streams of this partition anew, beside the live folding. */
  get refolds(): Pick<Refolder, 'cancel' | 'progress' | 'refuse' | 'patrol' | 'isBusy'> {
    return this.#generations.live.refolder;
  }

  /**
   * Lets whoever reads the live slot know how far an operation is that is no task of it; while there is one, the slot tells
   * of that. @throws what stops the partition, and SlotMoved
   */
  async tell(progress: RefoldProgress): Promise<void> {
    const { owned } = this.#generations.live;
    await owned.queued(async () => {
      owned.checkOwned();
      const live = await owned.loaded();
      if (live.checkpoint.role !== 'live' || live.refolds.task !== null) return;
      await tellProgress(owned, live, progress);
    });
  }

  /** Where to read next. A task that stands in the slot, of whatever owner, is gone on with; so are skips. */
  #next(cache: SlotCache): Offset {
    this.#generations.live.refolder.goOn(cache);
    return cache.checkpoint.next;
  }

  /**
   * Folds a batch and returns where to read next; a batch from elsewhere is dropped whole. While a swap
   * has the partition sealed, the batch waits.
   */
  async handle(batch: LogBatch): Promise<Offset> {
    this.#end = batch.end;
    await this.#generations.lookBeside();
    for (;;) {
      const next = await this.#fold(batch);
      if (next !== null) return next;
      await this.#generations.opened();
    }
  }

  /** Null: the slot is not live. */
  #fold(batch: LogBatch): Promise<Offset | null> {
    const { owned, folder } = this.#generations.live;
    return owned.queued(async () => {
      const cache = await owned.loaded();
      if (cache.checkpoint.role !== 'live') return null;
      await folder.fold(cache, batch);
      return this.#next(await owned.loaded());
    });
  }

  #progress(): LiveProgress {
    const next = this.#generations.live.owned.known?.checkpoint.next ?? null;
    return { next, lag: next === null ? 0 : this.#end - next };
  }
}
