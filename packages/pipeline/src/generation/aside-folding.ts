import type { LogBatch, Offset } from '../ports/event-log.js';
import type { Slot } from '../ports/view-store.js';
import { asked } from '../project/check-position.js';
import type { CommitQueue } from '../project/commit-queue.js';
import { passes } from '../project/owned-slot.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { SlotFolder } from '../project/slot-folder.js';
import { Refolder } from '../refold/refolder.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { CarryOver } from './carry-over.js';
import { NEAR_MAX } from './flip-swap.js';
import type { LiveLags, LiveProgress } from './live-lags.js';
import type { Pointer } from './pointer.js';
import { settleRole } from './slot-role.js';

/** Most bytes of the log that are read at once: what live folding may have to wait for, a few milliseconds. */
const READ_BYTES = 262_144;

/** Pause where there is nothing to fold, or live folding comes first, milliseconds. */
const IDLE_MS = 200;

/** How often a slot that has nothing to fold is looked after, milliseconds. */
const AUDIT_MS = 1_000;

/**
 * Longest pause where live folding stands, milliseconds. Both go on while they are compared, and a comparison waits about
 * a second for the slower one: a smaller share that kept it away for longer could not be swapped in.
 */
const NEAR_MS = 500;

/** Pause after a fault that does not pass by itself, milliseconds: another build may take over meanwhile. */
const STOPPED_MS = 5_000;

/** The rate is that of about so long, milliseconds. */
const RATE_MS = 10_000;

/** How far a generation aside is on one partition. */
export interface AsideProgress {
  generation: number;
  /** Null: its slot was not read yet. */
  next: Offset | null;
  /** Where live folding stands. */
  end: Offset | null;
  /** Pauses included; null before the first. */
  recordsPerSecond: number | null;
  /** Why it stands still; null while it runs. */
  stopped: Error | null;
}

/** What one read has come to. */
interface Turn {
  folded: boolean;
  /** It stands where live folding stood. */
  isNear: boolean;
  /** What it took, milliseconds. */
  ms: number;
}

/** What folding aside is built from. */
export interface AsidePorts {
  ports: ProjectorPorts;
  /** One piece of work aside at a time, over all partitions of a process; nobody pauses within. */
  turns: CommitQueue;
  live: () => LiveProgress;
  /** Those of all partitions of a process. */
  lags: LiveLags;
  /** The live slot. */
  from: () => Slot;
}

/**
 * Folds one generation of a partition behind the live one, up to where that stands and no further: what
 * was not told by the live one yet could be told by nobody, were the two swapped.
 */
export class AsideFolding {
  readonly owned: OwnedSlot;
  share: number;
  readonly #ports: ProjectorPorts;
  readonly #turns: CommitQueue;
  readonly #live: () => LiveProgress;
  readonly #lags: LiveLags;
  readonly #carry: CarryOver;
  readonly #folder: SlotFolder;
  readonly #refolder: Refolder;
  readonly #measured = { records: 0, ms: 0 };
  #stopped: Error | null = null;
  #auditedAt = Number.NEGATIVE_INFINITY;
  #isSettling = false;
  #isRunning = false;
  #isOver = false;

  constructor({ ports, turns, live, lags, from }: AsidePorts, owned: OwnedSlot, share: number) {
    this.owned = owned;
    this.share = share;
    this.#ports = ports;
    this.#turns = turns;
    this.#live = live;
    this.#lags = lags;
    const committed: ProjectorPorts['committed'] = ({ counts }) => {
      this.#measured.records += counts.records;
    };
    this.#carry = new CarryOver(owned, ports, from, (end) => this.#foldTo(end));
    const choose: CarryOver['choose'] = (...batch) => this.#carry.choose(...batch);
    this.#folder = new SlotFolder({ ...ports, committed }, owned, choose);
    const isHeldBack = () => this.#lags.holdBack(this.#live());
    const refoldShare = () => (this.#live().isSealed ? 1 : this.share);
    this.#refolder = new Refolder(owned, { ...ports, isHeldBack, refoldShare }, 'aside');
  }

  progress(): AsideProgress {
    const { records, ms } = this.#measured;
    return {
      generation: this.owned.projection.generation,
      next: this.owned.known?.checkpoint.next ?? null,
      end: this.#live().next,
      recordsPerSecond: ms === 0 ? null : (records * 1_000) / ms,
      stopped: this.#stopped,
    };
  }

  /** Which live folding of the process it waits for, in words; null: none. */
  get waitsFor(): string | null {
    const late = this.#lags.late(this.#live());
    if (late === null) return null;
    const behind = Number.isFinite(late.lag)
      ? `${late.lag} offsets behind`
      : 'not known to be near';
    return `generation ${this.owned.projection.generation} waits for live folding of ${late.where}, which is ${behind}`;
  }

  /** Folds on from now on, beside everything else. */
  start(): void {
    if (this.#isRunning || this.#isOver) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Nothing more is folded, but what is under way. */
  stop(): void {
    this.#isOver = true;
    this.#refolder.stop();
  }

  /** Looks after the role of the slot: it is aside, unless it is sealed by a swap that is under way. */
  async settle(pointer: Pointer, readPointer: () => Promise<Pointer>): Promise<void> {
    // It is tried again now and then, and told then. A slot that is stuck is asked once.
    if (this.#stopped !== null || this.#isSettling) return;
    this.#isSettling = true;
    await this.#told(() =>
      this.owned.queued(async () => {
        this.owned.checkOwned();
        await settleRole(this.owned, pointer, readPointer);
      }),
    );
    this.#isSettling = false;
  }

  /**
   * Folds one read of the log, nothing at `limit` or later.
   * @returns False: it stands at `limit`, or the slot is sealed.
   */
  foldOnce(limit: Offset): Promise<boolean> {
    return this.owned.queued(async () => {
      this.owned.checkOwned();
      const cache = await this.owned.loaded();
      const { role, next } = cache.checkpoint;
      if (role !== 'aside') return false;
      if (next < limit) await this.#folder.fold(cache, await this.#read(next, limit));
      else await this.#audit(cache);
      const { known } = this.owned;
      if (known !== null) this.#refolder.goOn(known);
      return (known?.checkpoint.next ?? next) > next;
    });
  }

  /** Folds up to exactly there. False: it stands elsewhere. */
  async #foldTo(end: Offset): Promise<boolean> {
    while (await this.foldOnce(end));
    return this.owned.known?.checkpoint.next === end;
  }

  async #run(): Promise<void> {
    const { timing } = this.#ports;
    while (!this.#isOver && !this.owned.isRevoked) {
      const turn: Turn = { folded: false, isNear: false, ms: 0 };
      await this.#told(() => this.#turns.run(() => this.#turn(turn)));
      if (turn.folded) await this.#pause(turn);
      else await timing.sleep(this.#stopped === null ? IDLE_MS : STOPPED_MS);
    }
    this.#isRunning = false;
  }

  /** One read. */
  async #turn(turn: Turn): Promise<void> {
    const live = this.#live();
    const { next } = live;
    if (next === null || this.#lags.holdBack(live) || this.#isOver) return;
    const { timing } = this.#ports;
    const began = timing.now();
    const { known } = this.owned;
    const isNear = known !== null && next - known.checkpoint.next <= NEAR_MAX;
    if (isNear && this.#carry.isWanted) {
      turn.folded = await this.#carry.step();
    } else turn.folded = await this.foldOnce(next);
    turn.isNear = (this.owned.known?.checkpoint.next ?? 0) >= next;
    turn.ms = timing.now() - began;
    this.#stopped = null;
  }

  /** Leaves the rest of the time to everybody else; who has a larger share waits for nobody's pause. */
  async #pause({ ms, isNear }: Turn): Promise<void> {
    const { timing } = this.#ports;
    const began = timing.now();
    const rest = (ms * (1 - this.share)) / this.share;
    const pause = isNear ? Math.min(rest, NEAR_MS) : rest;
    if (pause > 0) await timing.sleep(pause);
    else await timing.tick();
    this.#measured.ms += ms + timing.now() - began;
    if (this.#measured.ms > RATE_MS) {
      this.#measured.ms /= 2;
      this.#measured.records /= 2;
    }
  }

  /** Trouble of a generation aside is its own: live folding goes on. */
  async #told(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      if (this.owned.isRevoked) return;
      this.owned.forget();
      if (!passes(error)) this.#stopped = reason;
      const { generation } = this.owned.projection;
      this.#ports.trouble(this.owned.partition, `generation ${generation}: ${reason.message}`);
    }
  }

  async #read(from: Offset, limit: Offset): Promise<LogBatch> {
    const { topic } = this.owned.projection;
    const { partition } = this.owned;
    const reading = this.#ports.log.read(topic, partition, from, READ_BYTES);
    const batch = await asked(`${topic}/${partition}`, reading);
    const records = batch.records.filter(({ offset }) => offset < limit);
    return { ...batch, records, next: Math.min(batch.next, limit) };
  }

  /** An idle slot is looked after as the live one is; letters that it found while it was live leave it, too. */
  async #audit(cache: SlotCache): Promise<void> {
    const now = this.#ports.timing.now();
    if (now - this.#auditedAt < AUDIT_MS) return;
    this.#auditedAt = now;
    const { topic } = this.owned.projection;
    const { partition } = this.owned;
    const { next } = cache.checkpoint;
    await this.#folder.fold(cache, { topic, partition, from: next, next, end: next, records: [] });
  }
}
