import { passes } from '../project/owned-slot.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import { PartitionStopped } from '../project/partition-stopped.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { Attempt, RefoldCanceled, SHARE_DEFAULT, StartDistrusted } from './attempt.js';
import { carryOut } from './carry-out.js';
import { keptResults } from './kept-results.js';
import { OperationOver, decodeTask, notBegun } from './refold-task.js';
import type { RefoldProgress, RefoldResult, RefoldTask } from './refold-task.js';
import { cleanSlot } from './shadow-cleaner.js';
import { Patrolled } from './patrolled.js';
import { finishTask, putTask, tellProgress } from './slot-task.js';
import { SkipTasks, isSkipTask } from './skip-tasks.js';
import { tellStopped } from './stopped-slot.js';

/** Pause before a task begins anew, milliseconds. */
const AGAIN_MS = 200;

/**
 * Carries out the refold tasks of one slot, one at a time, beside its live folding. A task stands in
 * the slot before anything is done for it, so whoever owns the slot later begins it anew. What was asked
 * for comes before streams that are folded again because a claim of theirs is skipped.
 */
export class Refolder {
  readonly #owned: OwnedSlot;
  readonly #ports: ProjectorPorts;
  /** Asked for, but not in the slot yet. */
  #waiting: RefoldTask | null = null;
  #attempt: Attempt | null = null;
  /** In the slot as far as this owner knows; its result was not told yet. */
  #current: string | null = null;
  /** Asked for last, of this owner. */
  #asked: RefoldTask | null = null;
  #canceled: string | null = null;
  /** The log knows its end: whoever asks for it has not heard of that yet. */
  #over: string | null = null;
  /** The operation that the slot says is not carried out. */
  #refused: string | null = null;
  /** What is compared when nothing else is to do. */
  readonly #patrol: Patrolled;
  readonly #skips = new SkipTasks();
  readonly #role: 'live' | 'aside';
  #isRunning = false;
  #isOver = false;
  #fromStart = false;

  /** @param role Works while the slot is that; aside it only carries out skips. */
  constructor(owned: OwnedSlot, ports: ProjectorPorts, role: 'live' | 'aside' = 'live') {
    this.#owned = owned;
    this.#ports = ports;
    this.#patrol = new Patrolled(owned, ports);
    this.#role = role;
  }

  /** `taken`: it is carried out, or was and its result is told once more. `busy`: another one is. */
  request(task: RefoldTask): 'taken' | 'busy' {
    const { operation } = task;
    const known = this.#current ?? this.#waiting?.operation ?? operation;
    if (known !== operation) return 'busy';
    if (operation === this.#over) return 'taken';
    this.#asked = task;
    if (this.#current === null) this.#waiting = task;
    this.#resume();
    return 'taken';
  }

  /**
   * Compares streams as long as no operation asks for anything here, and tells its end by `patrolled`, whatever that is.
   * Nothing of it is kept in the slot: it ends with its owner. False: something else is done.
   */
  patrol(task: RefoldTask): boolean {
    const isBusy = this.#isRunning || this.#waiting !== null || this.#current !== null;
    if (isBusy || this.#isOver || this.#owned.isRevoked) return false;
    this.#patrol.ask(task);
    this.#resume();
    return true;
  }

  /** Ends a task: its streams stay as they are, those that were replaced stay replaced. */
  cancel(operation: string): void {
    this.#canceled = operation;
  }

  /** Whether streams are folded anew now, asked for or not. */
  get isBusy(): boolean {
    return this.#isRunning;
  }

  /** How far the task is; null: there is none. */
  progress(): RefoldProgress | null {
    if (this.#attempt !== null) return this.#attempt.state();
    const operation = this.#waiting?.operation ?? null;
    return operation === null ? null : notBegun(operation);
  }

  /**
   * Says in the slot why an operation is not carried out here, once; while another task is carried out, the
   * slot tells of that. True when it was said now. @throws what stops the partition
   */
  async refuse(operation: string, why: string): Promise<boolean> {
    if (this.#refused === operation || this.#owned.isRevoked) return false;
    return this.#owned.queued(async () => {
      this.#owned.checkOwned();
      const live = await this.#owned.loaded();
      if (live.refolds.task !== null) return false;
      await tellProgress(this.#owned, live, notBegun(operation, why));
      this.#refused = operation;
      return true;
    });
  }

  /** Goes on with a task that stands in the slot, of whatever owner, and with open skips. */
  goOn({ refolds, skips }: SlotCache): void {
    if (refolds.task !== null || this.#skips.isWanted(skips)) this.#resume();
  }

  /** Nothing more is begun, and what is under way is void: the slot is read again. */
  stop(): void {
    this.#isOver = true;
    if (this.#isRunning) this.#owned.forget();
  }

  #resume(): void {
    if (this.#isRunning || this.#isOver || this.#owned.isRevoked) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#owned.isRevoked && (await this.#step()));
    } catch (error) {
      // What stops the partition is told by its live folding.
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#owned.isRevoked) return;
      this.#ports.trouble(this.#owned.partition, `a refold stands still: ${reason}`);
      this.#patrol.end('failed', reason);
      await this.#standStill(reason);
    } finally {
      this.#isRunning = false;
      this.#attempt = null;
      this.#patrol.end('canceled');
    }
  }

  /** Whoever waits for the task is told why it does not go on, once; one that is to end does, where it can. */
  async #standStill(why: string): Promise<void> {
    const operation = this.#current ?? this.#waiting?.operation;
    if (operation === undefined) return;
    const isCanceled = operation === this.#canceled;
    const isTold = this.#refused === operation;
    if (!isCanceled && isTold) return;
    const isSkip = this.#asked?.operation === operation && this.#asked.skip !== undefined;
    const stopped = { operation, why, isCanceled, isSkip, isTold };
    try {
      const told = await tellStopped(this.#owned, this.#ports, stopped);
      if (told === 'told') this.#refused = operation;
      if (typeof told === 'string') return;
      this.#waiting = null;
      this.#current = null;
      this.#ports.refolded?.(told);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#ports.trouble(this.#owned.partition, `a refold cannot be told of: ${reason}`);
    }
  }

  /** One try. False: there is nothing to do. */
  async #step(): Promise<boolean> {
    try {
      const begun = await this.#begin();
      if (begun === null) return await this.#patrol.compare(() => this.#waiting !== null);
      const isOver = await this.#hasEnded(begun.task);
      if (!isOver && !this.#mayBegin(begun.task)) {
        await this.#ports.timing.sleep(AGAIN_MS);
        return this.#mayBegin(begun.task);
      }
      await this.#tryOnce(begun.live, begun.task, isOver);
    } catch (error) {
      if (!passes(error)) throw error;
      if (this.#owned.isRevoked) return false;
      this.#ports.trouble(this.#owned.partition, `a refold begins anew: ${error.message}`);
      await this.#ports.timing.sleep(AGAIN_MS);
    }
    return true;
  }

  /** Whether the log knows the end of what stands in the slot, which has gone back behind it. */
  async #hasEnded({ operation }: RefoldTask): Promise<boolean> {
    const ask = isSkipTask({ operation }) ? undefined : this.#ports.hasEnded;
    return (await ask?.(operation, [this.#owned.partition])) ?? false;
  }

  /** A record cannot be taken back: only who asks for it knows whether it is to be written still. */
  #mayBegin({ operation, skip }: RefoldTask): boolean {
    return skip === undefined || this.#asked?.operation === operation;
  }

  /** The task of the slot, or the one that was asked for once it stands there. */
  #begin(): Promise<{ live: SlotCache; task: RefoldTask } | null> {
    return this.#owned.queued(async () => {
      this.#owned.checkOwned();
      const live = await this.#owned.loaded();
      // A swap waits for the task that stands in the slot, and every other one for the swap.
      if (this.#isOver || live.checkpoint.role !== this.#role) return null;
      // It is asked to go on once that is over.
      if (this.#ports.isHeldBack?.() === true) return null;
      await this.#tellDone(live);
      const { task } = live.refolds;
      if (task !== null) {
        const known = decodeTask(task);
        if (this.#role === 'aside' && !isSkipTask(known)) return null;
        this.#current = known.operation;
        return { live, task: known };
      }
      const asked = this.#waiting ?? this.#skips.next(live);
      if (asked === null) return null;
      await putTask(this.#owned, live, asked);
      this.#current = asked.operation;
      if (asked === this.#waiting) this.#waiting = null;
      this.#fromStart = false;
      return { live, task: asked };
    });
  }

  /** A task whose result stands in the slot is not done again: its result is told. */
  async #tellDone(live: SlotCache): Promise<void> {
    const { done, task } = live.refolds;
    const open = [this.#waiting?.operation, this.#current].filter((one) => one != null);
    const ended = [...new Set(open)].filter((operation) => done.includes(operation));
    if (ended.length > 0) {
      for (const result of await keptResults(this.#owned.reads(live), ended)) {
        this.#ports.refolded?.(result);
      }
      if (ended.some((operation) => operation === this.#waiting?.operation)) this.#waiting = null;
    }
    if (task === null) this.#current = null;
  }

  async #tryOnce(live: SlotCache, task: RefoldTask, isOver: boolean): Promise<void> {
    const { operation } = task;
    const attempt = new Attempt(this.#owned, this.#ports, live, task, {
      fromStart: this.#fromStart,
      isCanceled: () => this.#canceled === operation,
    });
    this.#attempt = attempt;
    this.#skips.begins(live, task);
    try {
      if (isOver) throw new OperationOver(`the operation ${operation} is over by the log`);
      await carryOut(attempt);
      await this.#finish(live, task, attempt.tally.result(this.#owned.partition, 'done'));
    } catch (error) {
      if (passes(error) || error instanceof PartitionStopped) throw error;
      if (error instanceof StartDistrusted && !this.#fromStart) {
        this.#fromStart = true;
        return;
      }
      await this.#giveUp(live, attempt, error);
    }
  }

  async #giveUp(live: SlotCache, attempt: Attempt, error: unknown): Promise<void> {
    const { task, tally } = attempt;
    // Whoever gave it little time waits for its end all the same.
    const cleaning = { ...task, share: SHARE_DEFAULT };
    const last = new Attempt(this.#owned, this.#ports, live, cleaning, {
      fromStart: false,
      isCanceled: () => false,
    });
    this.#attempt = last;
    await cleanSlot(last);
    const { partition } = this.#owned;
    if (error instanceof OperationOver) {
      this.#over = task.operation;
      this.#ports.trouble(partition, `a refold is not carried out again: ${error.message}`);
      return this.#finish(live, task, null);
    }
    const isCanceled = error instanceof RefoldCanceled;
    if (isCanceled) return this.#finish(live, task, tally.result(partition, 'canceled'));
    const reason = error instanceof Error ? error.message : String(error);
    return this.#finish(live, task, tally.result(partition, 'failed', reason));
  }

  /** The task leaves the slot and its result enters it, in one commit. Null: that was told before the slot went back. */
  async #finish(live: SlotCache, task: RefoldTask, result: RefoldResult | null): Promise<void> {
    await this.#owned.queued(async () => {
      this.#owned.checkOwned();
      if ((await this.#owned.loaded()) !== live) return;
      this.#refused = null;
      const isKept = await finishTask(this.#owned, live, task, result);
      if (result === null) return;
      this.#skips.ended(task, result.outcome);
      if (isKept) this.#ports.finished?.(result);
    });
    if (!isSkipTask(task) || result?.outcome !== 'failed') return;
    this.#ports.trouble(this.#owned.partition, `a claim is not skipped yet: ${result.error}`);
  }
}
