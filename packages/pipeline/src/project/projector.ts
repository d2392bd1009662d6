import type {
  EventLog,
  LogBatch,
  Offset,
  PartitionConsumer,
  Subscription,
} from '../ports/event-log.js';
import { OffsetOutOfRange, UnknownFormat } from '../ports/event-log.js';
import type { AsideProgress } from '../generation/aside-folding.js';
import { LiveLags } from '../generation/live-lags.js';
import type { RefoldProgress, RefoldTask } from '../refold/refold-task.js';
import { groupOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { REPLACED } from './check-position.js';
import { CommitQueue } from './commit-queue.js';
import { PartitionProjector } from './partition-projector.js';
import type { Committed, ProjectorPorts } from './projector-ports.js';
import { PartitionStopped } from './partition-stopped.js';
import { ReadPace } from './read-pace.js';

/** What a partition that this process owns is doing. */
export interface PartitionStatus {
  partition: number;
  next: Offset | null;
  end: Offset | null;
  /** Local time of the last commit or audit, milliseconds; null before the first. */
  progressAt: number | null;
  /** Why it stands still; null while it runs. */
  stopped: Error | null;
  /** The task that folds streams of it anew; null: there is none. */
  refold: RefoldProgress | null;
  /** The live generation. */
  generation: number;
  /** Generations that are folded behind the live one. */
  asides: AsideProgress[];
}

/** One member of a projection's group: folds whatever partitions it is given. */
export class Projector implements PartitionConsumer {
  readonly projection: Projection;
  readonly #ports: ProjectorPorts;
  readonly #partitions = new Map<number, PartitionProjector>();
  readonly #status = new Map<number, PartitionStatus>();
  readonly #pace = new ReadPace();
  /** One partition folds aside at a time. */
  readonly #turns = new CommitQueue();
  #subscription: Subscription | null = null;

  constructor(projection: Projection, ports: Omit<ProjectorPorts, 'committed'> & Reports) {
    this.projection = projection;
    this.#ports = {
      lags: new LiveLags(),
      ...ports,
      committed: (report) => {
        this.#note(report);
        ports.committed?.(report);
      },
    };
  }

  /** Joins the group. Resolves when the membership is under way, not when it has partitions. */
  async start(log: Pick<EventLog, 'subscribe'>): Promise<void> {
    const { topic } = this.projection;
    this.#subscription = await log.subscribe(groupOf(this.projection), [topic], this);
  }

  /** Leaves the group; bounded. */
  async stop(): Promise<void> {
    await this.#subscription?.close();
    this.#subscription = null;
    for (const partition of this.#partitions.values()) partition.revoke();
    this.#partitions.clear();
  }

  /** The partitions this process owns now. */
  status(): PartitionStatus[] {
    return [...this.#status.values()]
      .map((status) => ({
        ...status,
        ...this.#shown(status.partition),
      }))
      .sort((a, b) => a.partition - b.partition);
  }

  /**
   * Hands a task to the owner of a partition; its end is told by `refolded`, where it was done before
   * too. A task that was taken outlives the owner. `busy`: another task, or a swap, is carried out first. `absent`:
   * this process does not own the partition.
   */
  refold(partition: number, task: RefoldTask): 'taken' | 'busy' | 'absent' {
    return this.#partitions.get(partition)?.request(task) ?? 'absent';
  }

  /**
   * Ends a task at the next occasion; streams that were replaced stay replaced. An owner that takes over
   * later knows nothing of it: ask until the end is told.
   */
  cancelRefold(partition: number, operation: string): void {
    this.#partitions.get(partition)?.refolds.cancel(operation);
  }

  /**
   * Compares streams of a partition as long as no operation asks for anything there; `patrolled` tells the end. False:
   * this process does not own it, or something else is done.
   */
  patrol(partition: number, task: RefoldTask): boolean {
    return this.#partitions.get(partition)?.refolds.patrol(task) ?? false;
  }

  /**
   * Lets whoever reads the slot know why its owner, if it is here, does not carry out an operation. True when it was said
   * now, and not before.
   */
  async refuseRefold(partition: number, operation: string, why: string): Promise<boolean> {
    return (await this.#partitions.get(partition)?.refolds.refuse(operation, why)) ?? false;
  }

  /** Lets whoever reads the slot know how far an operation without a task is in it, if this process owns it. */
  async tellProgress(partition: number, progress: RefoldProgress): Promise<void> {
    await this.#partitions.get(partition)?.tell(progress);
  }

  async assigned(_topic: string, partition: number): Promise<Offset> {
    this.#partitions.get(partition)?.revoke();
    const owner = new PartitionProjector(this.#ports, this.projection, partition, this.#turns);
    this.#partitions.set(partition, owner);
    this.#status.set(partition, {
      partition,
      next: null,
      end: null,
      progressAt: null,
      stopped: null,
      refold: null,
      generation: this.projection.generation,
      asides: [],
    });
    const next = await owner.position();
    this.#update(partition, { next });
    return next;
  }

  async batch(batch: LogBatch): Promise<Offset> {
    const owner = this.#partitions.get(batch.partition);
    if (owner === undefined) return batch.from;
    const next = await owner.handle(batch);
    this.#subscription?.hint(batch.topic, batch.partition, next);
    return next;
  }

  async revoked(_topic: string, partition: number): Promise<void> {
    this.#partitions.get(partition)?.revoke();
    this.#partitions.delete(partition);
    this.#status.delete(partition);
  }

  stopped(_topic: string, partition: number, error: Error): void {
    const reason = reasonOf(error);
    this.#partitions.get(partition)?.standsStill();
    this.#update(partition, { stopped: reason });
    this.#ports.trouble(partition, `stopped: ${reason.message}`);
  }

  gatherMs(): number {
    return this.#pace.gatherMs(this.#ports.timing.now());
  }

  #shown(partition: number): Partial<Pick<PartitionStatus, 'refold' | 'generation' | 'asides'>> {
    const owner = this.#partitions.get(partition);
    if (owner === undefined) return {};
    const { generation } = owner;
    return { refold: owner.refolds.progress(), generation, asides: owner.asides() };
  }

  #note({ partition, next, end, counts: { records }, asked }: Committed): void {
    const now = this.#ports.timing.now();
    this.#pace.note({ records, asked, behind: next < end }, now);
    this.#update(partition, { next, end, progressAt: now });
  }

  #update(partition: number, change: Partial<PartitionStatus>): void {
    const status = this.#status.get(partition);
    if (status !== undefined) Object.assign(status, change);
  }
}

/** Why a partition stops, as health tells apart what a restart heals. */
function reasonOf(error: Error): Error {
  if (error instanceof OffsetOutOfRange) return replaced(error);
  if (!(error instanceof UnknownFormat)) return error;
  return new PartitionStopped('unknown_version', error.message, { cause: error });
}

const replaced = (error: OffsetOutOfRange): PartitionStopped =>
  new PartitionStopped('log_replaced', `${error.message}. ${REPLACED}`, { cause: error });

interface Reports {
  committed?(report: Committed): void;
}
