import { PartitionStopped } from '../project/partition-stopped.js';
import { SlotMoved } from '../project/load-batch.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import type { Offset } from '../ports/event-log.js';
import { StoreUnavailable } from '../ports/view-store.js';
import { noWrites } from '../ports/view-store.js';
import { REFOLD_PROGRESS } from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { ClaimReader } from './claim-reader.js';
import { notBegun } from './refold-task.js';
import type { RefoldProgress, RefoldTask } from './refold-task.js';
import { Tally } from './tally.js';

/** Share of the time that a refold takes where nothing else is asked for. */
export const SHARE_DEFAULT = 0.5;

/** How often the slot is told how far the task is, milliseconds: each time costs a commit. */
const TOLD_MS = 1_000;

/** Pause while something else comes first, milliseconds. */
const HELD_MS = 200;

/** Somebody asked for the task to end. */
export class RefoldCanceled extends Error {
  override readonly name = 'RefoldCanceled';
}

/** What a document says of where its stream begins is not what the log says. */
export class StartDistrusted extends Error {
  override readonly name = 'StartDistrusted';
}

/** How a task is tried. */
interface AttemptOptions {
  fromStart: boolean;
  isCanceled: () => boolean;
  /** Whether the slot is told how far it is; true when left out. */
  isTold?: boolean;
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
  /** It goes on to its end, though somebody asks for it to end. */
  isBound = false;
  readonly #live: SlotCache;
  readonly #isCanceled: () => boolean;
  readonly #began: number;
  #told: number;
  /** The trouble that the slot tells of. */
  #toldTrouble: string | null = null;

  constructor(
    owned: OwnedSlot,
    ports: ProjectorPorts,
    live: SlotCache,
    task: RefoldTask,
    { fromStart, isCanceled, isTold = true }: AttemptOptions,
  ) {
    this.owned = owned;
    this.ports = ports;
    this.task = task;
    this.fromStart = fromStart;
    this.#live = live;
    this.#isCanceled = isCanceled;
    this.reader = new ClaimReader(ports.log, owned.projection, owned.partition);
    this.tally = new Tally(task);
    this.progress = notBegun(task.operation);
    this.#began = ports.timing.now();
    this.#told = isTold ? this.#began : Number.POSITIVE_INFINITY;
  }

  /**
   * Runs a piece of work in the owner's queue, on the cache that the attempt began with.
   * @throws SlotMoved when the owner reads its slot anew, RefoldCanceled
   */
  queued<T>(work: (live: SlotCache) => Promise<T>): Promise<T> {
    return this.owned.queued(async () => {
      this.owned.checkOwned();
      if (!this.isBound && this.#isCanceled()) throw new RefoldCanceled('the refold was canceled');
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

  /** How far it is now. */
  state(): RefoldProgress {
    return { ...this.progress, elapsedMs: this.ports.timing.now() - this.#began };
  }

  /**
   * Gives way to live folding after work that began at `began`, and lets others know how far it is.
   * @throws what {@link queued} throws
   */
  async pause(began: number): Promise<void> {
    const { timing } = this.ports;
    const worked = timing.now() - began;
    let rested = 0;
    let ms = this.#restOf(worked);
    // A long pause ends when the task is canceled, the slot was read again, or there is more time for it.
    for (; ms - rested > TOLD_MS; ms = this.#restOf(worked)) {
      await timing.sleep(TOLD_MS);
      rested += TOLD_MS;
      await this.position();
      await this.#tell();
    }
    if (ms > rested) await timing.sleep(ms - rested);
    else await timing.tick();
    while (this.ports.isHeldBack?.() === true) {
      await timing.sleep(HELD_MS);
      // Ends here, too, when the slot was read again or the task was canceled.
      await this.position();
    }
    await this.#tell();
  }

  /**
   * Does nothing for so long, milliseconds, and lets others know why.
   * @throws what {@link queued} throws, within a second
   */
  async wait(ms: number, why: string): Promise<void> {
    this.progress.trouble = why;
    for (let left = ms; left > 0; left -= TOLD_MS) {
      await this.position();
      await this.#tell();
      await this.ports.timing.sleep(Math.min(left, TOLD_MS));
    }
  }

  /** What is left to live folding beside so much work, milliseconds. */
  #restOf(worked: number): number {
    const share = this.task.share ?? this.ports.refoldShare?.() ?? SHARE_DEFAULT;
    return (worked * (1 - share)) / share;
  }

  async #tell(): Promise<void> {
    const { trouble } = this.progress;
    if (this.ports.timing.now() - this.#told < TOLD_MS) return;
    // What stands still may do so for days, and has nothing new to tell.
    if (trouble !== null && trouble === this.#toldTrouble) return;
    const writes = noWrites();
    writes.set.push([REFOLD_PROGRESS, JSON.stringify(this.state())]);
    await this.queued((live) => this.owned.commit(live, { writes }));
    this.#told = this.ports.timing.now();
    this.#toldTrouble = trouble;
  }
}
