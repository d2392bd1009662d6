import { PartitionStopped } from '../project/partition-stopped.js';
import { SlotMoved } from '../project/load-batch.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import type { Offset } from '../ports/event-log.js';
import { StoreUnavailable } from '../ports/view-store.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { ClaimReader } from './claim-reader.js';
import type { RefoldProgress, RefoldTask } from './refold-task.js';
import { Tally } from './tally.js';

/** Share of the time that a refold takes where nothing else is asked for. */
const SHARE = 0.5;

/** Somebody asked for the task to end. */
export class RefoldCanceled extends Error {
  override readonly name = 'RefoldCanceled';
}

/** What a document says of where its stream begins is not what the log says. */
export class StartDistrusted extends Error {
  override readonly name = 'StartDistrusted';
}

/** After any of these nobody knows what the slot holds. */
const unsettles = (error: unknown): boolean =>
  error instanceof SlotMoved ||
  error instanceof StoreUnavailable ||
  error instanceof PartitionStopped;

/**
 * One try at a task, on one cache of the slot: when the owner has to read its slot again, everything
 * that the attempt knows is void, and the next one begins from nothing.
 */
export class Attempt {
  readonly task: RefoldTask;
  readonly owned: OwnedSlot;
  readonly ports: ProjectorPorts;
  readonly reader: ClaimReader;
  readonly tally: Tally;
  readonly progress: RefoldProgress;
  /** Documents are not asked where their streams begin: every one is folded from the log's start. */
  readonly fromStart: boolean;
  readonly #live: SlotCache;
  readonly #isCanceled: () => boolean;

  constructor(
    owned: OwnedSlot,
    ports: ProjectorPorts,
    live: SlotCache,
    task: RefoldTask,
    { fromStart, isCanceled }: { fromStart: boolean; isCanceled: () => boolean },
  ) {
    this.owned = owned;
    this.ports = ports;
    this.task = task;
    this.fromStart = fromStart;
    this.#live = live;
    this.#isCanceled = isCanceled;
    this.reader = new ClaimReader(ports.log, owned.projection, owned.partition);
    this.tally = new Tally(task);
    const { operation } = task;
    this.progress = { operation, phase: 'selecting', streams: 0, settled: 0, cursor: null };
  }

  /**
   * Runs a piece of work in the owner's queue, on the cache that the attempt began with.
   * @throws SlotMoved when the owner reads its slot anew, RefoldCanceled
   */
  queued<T>(work: (live: SlotCache) => Promise<T>): Promise<T> {
    return this.owned.queued(async () => {
      this.owned.checkOwned();
      if (this.#isCanceled()) throw new RefoldCanceled('the refold was canceled');
      const live = await this.owned.loaded();
      if (live !== this.#live) throw new SlotMoved('the slot was read again');
      try {
        return await work(live);
      } catch (error) {
        if (unsettles(error)) this.owned.forget();
        throw error;
      }
    });
  }

  /** Where live folding reads next. */
  position(): Promise<Offset> {
    return this.queued(async (live) => live.checkpoint.next);
  }

  /** Gives way to live folding after work that began at `began`. */
  async pause(began: number): Promise<void> {
    const { timing, refoldShare: share = SHARE } = this.ports;
    const ms = ((timing.now() - began) * (1 - share)) / share;
    if (ms > 0) await timing.sleep(ms);
    else await timing.tick();
  }
}
