import type { AsideProgress } from '../generation/aside-folding.js';
import { LiveLags } from '../generation/live-lags.js';
import type { LiveProgress } from '../generation/live-lags.js';
import { OwnedGenerations } from '../generation/owned-generations.js';
import type { LogBatch, Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import type { RefoldProgress, RefoldTask } from '../refold/refold-task.js';
import type { Refolder } from '../refold/refolder.js';
import { tellProgress } from '../refold/slot-task.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { Timing } from '../timing.js';
import { CommitQueue } from './commit-queue.js';
import type { ProjectorPorts } from './projector-ports.js';

/** Live folding that was handed nothing for so long waits for something else than time, milliseconds. */
const STILL_MS = 10_000;

/** Folds one partition: the live generation as it is read, and others behind it. */
export class PartitionProjector {
  readonly #generations: OwnedGenerations;
  /** The end of the log as live folding was told last; until then nobody knows how far it lags. */
  #end: Offset = Number.POSITIVE_INFINITY;
  readonly #timing: Pick<Timing, 'now'>;
  /** When it was handed a batch last. */
  #heardAt = Number.NEGATIVE_INFINITY;
  readonly #lags: LiveLags;
  readonly #where: string;
  readonly #live = (): LiveProgress => this.#progress();

  /** @param turns What is folded aside takes turns over all partitions of a process. */
  constructor(
    ports: ProjectorPorts,
    projection: Projection,
    partition: number,
    turns = new CommitQueue(),
  ) {
    const { lags = new LiveLags() } = ports;
    const beside = { turns, lags, live: this.#live };
    this.#generations = new OwnedGenerations(ports, projection, partition, beside);
    this.#timing = ports.timing;
    this.#lags = lags;
    this.#where = `${projection.topic}/${partition}`;
    lags.add(this.#live);
  }

  /** The partition went to somebody else: nothing more is begun for it. */
  revoke(): void {
    this.standsStill();
    this.#generations.revoke();
  }

  /** Its live folding has stopped: what is done beside that of others waits for it no more. */
  standsStill(): void {
    this.#lags.remove(this.#live);
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
    this.#heardAt = this.#timing.now();
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
    const { known } = this.#generations.live.owned;
    const isStill = this.#timing.now() - this.#heardAt > STILL_MS;
    const where = this.#where;
    if (known === null) return { where, next: null, lag: 0, isSealed: false, isStill };
    const { next, role } = known.checkpoint;
    return { where, next, lag: this.#end - next, isSealed: role === 'sealed', isStill };
  }
}
