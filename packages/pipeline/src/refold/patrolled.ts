import { passes } from '../project/owned-slot.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import { PartitionStopped } from '../project/partition-stopped.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { Attempt, RefoldCanceled, StartDistrusted } from './attempt.js';
import { carryOut } from './carry-out.js';
import type { RefoldResult, RefoldTask } from './refold-task.js';
import { Tally } from './tally.js';

/** The comparison that the patrol asked an owner for; its end is told once, whatever that is. */
export class Patrolled {
  readonly #owned: OwnedSlot;
  readonly #ports: ProjectorPorts;
  #task: RefoldTask | null = null;

  constructor(owned: OwnedSlot, ports: ProjectorPorts) {
    this.#owned = owned;
    this.#ports = ports;
  }

  /** Nothing of the task is in the slot. */
  ask(task: RefoldTask): void {
    this.#task = task;
  }

  /** Tells the end of what was asked for, unless it was told. */
  end(outcome: RefoldResult['outcome'], error?: string, tally?: Tally): void {
    const task = this.#task;
    if (task === null) return;
    this.#task = null;
    const { partition } = this.#owned;
    this.#ports.patrolled?.((tally ?? new Tally(task)).result(partition, outcome, error));
  }

  /** Carries it out. False: nothing was asked for. @throws what stops the partition, or passes */
  async compare(isCanceled: () => boolean): Promise<boolean> {
    const task = this.#task;
    if (task === null) return false;
    for (const fromStart of [false, true]) {
      const live = await this.#owned.queued(() => this.#owned.loaded());
      const options = { fromStart, isCanceled, isTold: false };
      const attempt = new Attempt(this.#owned, this.#ports, live, task, options);
      if (live.checkpoint.role !== 'live') {
        this.end('canceled', `the slot is ${live.checkpoint.role}`, attempt.tally);
        return true;
      }
      try {
        await carryOut(attempt);
        this.end('done', undefined, attempt.tally);
        return true;
      } catch (error) {
        if (error instanceof StartDistrusted && !fromStart) continue;
        if (error instanceof PartitionStopped) throw error;
        const isOver = passes(error) || error instanceof RefoldCanceled;
        const reason = error instanceof Error ? error.message : String(error);
        this.end(isOver ? 'canceled' : 'failed', reason, attempt.tally);
        if (passes(error)) throw error;
        return true;
      }
    }
    return true;
  }
}
