import { deriveResetId } from '@refold/domain';
import { generationOf } from '../generation/pointer.js';
import { readLive } from '../generation/stored-pointer.js';
import { noticeReset } from '../plan/notice-reset.js';
import { noteOf, pendingIn } from '../plan/pending-reset.js';
import type { PendingReset } from '../plan/pending-reset.js';
import type { EventLog, Offset, Subscription } from '../ports/event-log.js';
import { isTagged } from '../ports/group-offset.js';
import type { GroupOffset } from '../ports/group-offset.js';
import type { ViewStore } from '../ports/view-store.js';
import { groupOf, slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import type { Timing } from '../timing.js';

/** What a group is watched with. */
export interface GroupWatchPorts {
  log: Pick<EventLog, 'committed'>;
  store: Pick<ViewStore, 'read'>;
  timing: Timing;
  /** A reset is to be carried out. Its note stands in the group; told again to every owner until it is settled. */
  noticed(reset: PendingReset): void;
  /** What was refused, and passing trouble, for the log. */
  trouble(partition: number, what: string): void;
}

/** A partition that this member has. */
interface Held {
  topic: string;
  partition: number;
  /** The checkpoint's next offset when it was taken over, then the last one that was hinted. */
  next: Offset;
  subscription: Subscription | null;
  /** What the group had committed was looked at: hints may replace it. */
  isKnown: boolean;
  reset: PendingReset | null;
  isOver: boolean;
}

/** How long a partition that is taken over waits for what its group has committed, milliseconds. */
const WAIT_MS = 2_000;

/** Pause before it is asked for again, milliseconds. */
const AGAIN_MS = 1_000;

/**
 * The committed offsets of a group as the handle of operators. Whoever takes a partition over looks at what is
 * committed for it before any hint replaces it: a reset by a tool is noted in the group at once, at the
 * checkpoint, so that the lag stays true, and every hint keeps the note until the reset is settled.
 */
export class GroupWatch {
  readonly projection: Projection;
  readonly #ports: GroupWatchPorts;
  readonly #held = new Map<number, Held>();
  #asking: Promise<Map<number, GroupOffset | null>> | null = null;

  constructor(ports: GroupWatchPorts, projection: Projection) {
    this.#ports = ports;
    this.projection = projection;
  }

  /** Resets of partitions that this member has, which are not settled. */
  pending(): PendingReset[] {
    return [...this.#held.values()].flatMap(({ reset }) => reset ?? []);
  }

  /** A reset was carried out, or never will be: its note goes, at the next hint at the latest. */
  async settle(operation: string): Promise<void> {
    for (const held of this.#held.values()) {
      if (held.reset?.operation !== operation) continue;
      held.reset = null;
      try {
        await held.subscription?.commit(held.topic, held.partition, held.next);
      } catch (error) {
        this.#trouble(held, 'the note of a reset stays in the group for now', error);
      }
    }
  }

  /** The same log, whose members look at what is committed for each partition that they take over. */
  watched(log: Pick<EventLog, 'subscribe'>): Pick<EventLog, 'subscribe'> {
    return {
      subscribe: async (group, topics, consumer) => {
        const joining = log.subscribe(group, topics, {
          assigned: async (topic, partition) => {
            const next = await consumer.assigned(topic, partition);
            await this.#take(() => joining, topic, partition, next);
            return next;
          },
          batch: (batch) => consumer.batch(batch),
          revoked: (topic, partition) => {
            this.#leave(partition);
            return consumer.revoked(topic, partition);
          },
          stopped: (topic, partition, error) => consumer.stopped(topic, partition, error),
          gatherMs: () => consumer.gatherMs(),
        });
        return this.#hinting(await joining);
      },
    };
  }

  #hinting(inner: Subscription): Subscription {
    return {
      hint: (topic, partition, next) => {
        const held = this.#held.get(partition);
        if (held?.isKnown !== true) return;
        held.next = next;
        inner.hint(topic, partition, next, held.reset === null ? '' : noteOf(held.reset));
      },
      commit: (...given) => inner.commit(...given),
      close: () => inner.close(),
    };
  }

  #leave(partition: number): void {
    const held = this.#held.get(partition);
    if (held === undefined) return;
    held.isOver = true;
    this.#held.delete(partition);
    // What is asked now may have been answered before the group was without members.
    this.#asking = null;
  }

  /** Folding does not wait for a group that cannot be asked: then it is asked on, and no hint is given before. */
  async #take(
    joining: () => Promise<Subscription>,
    topic: string,
    partition: number,
    next: Offset,
  ): Promise<void> {
    this.#leave(partition);
    const held: Held = {
      topic,
      partition,
      next,
      subscription: null,
      isKnown: false,
      reset: null,
      isOver: false,
    };
    this.#held.set(partition, held);
    let stopWaiting = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      stopWaiting = this.#ports.timing.after(WAIT_MS, resolve);
    });
    await Promise.race([this.#lookUntilKnown(joining, held), late]);
    stopWaiting();
  }

  async #lookUntilKnown(joining: () => Promise<Subscription>, held: Held): Promise<void> {
    while (!held.isOver) {
      try {
        held.subscription = await joining();
        held.reset = await this.#look(held.subscription, held);
        held.isKnown = true;
        if (held.reset !== null && !held.isOver) this.#ports.noticed(held.reset);
        return;
      } catch (error) {
        if (held.isOver) return;
        this.#trouble(held, 'what the group has committed is not known yet', error);
        await this.#ports.timing.sleep(AGAIN_MS);
      }
    }
  }

  /** Looks at what is committed. What is not ours is replaced at once, before the checkpoint passes it. */
  async #look(subscription: Subscription, held: Held): Promise<PendingReset | null> {
    const { topic, partition, next } = held;
    const committed = (await this.#committed()).get(partition) ?? null;
    if (committed === null || held.isOver) return null;
    const known = pendingIn(partition, committed);
    if (known !== null || isTagged(committed)) return known;
    const found = noticeReset(committed, { next });
    if (found.kind === 'forward') {
      this.#ports.trouble(
        partition,
        `the group was set to ${found.target}, ahead of what is folded: that would skip ${found.skips} ` +
          `offsets, so it is refused and the group is put back to ${next}`,
      );
    }
    const reset = found.kind === 'reset' ? await this.#pending(held, found.target) : null;
    if (held.isOver) return null;
    await subscription.commit(topic, partition, next, reset === null ? '' : noteOf(reset));
    return reset;
  }

  async #pending({ partition, next }: Held, target: Offset): Promise<PendingReset> {
    const { store } = this.#ports;
    const { live } = await readLive(store, this.projection);
    const generation = live[partition] ?? this.projection.generation;
    const slot = slotOf(generationOf(this.projection, generation), partition);
    const { checkpoint } = await store.read(slot, []);
    if (checkpoint === null) throw new Error('the slot was emptied meanwhile');
    const operation = deriveResetId(groupOf(this.projection), partition, target, checkpoint);
    return { operation, partition, target, checkpoint: next };
  }

  #trouble({ partition }: Held, what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#ports.trouble(partition, `${what}: ${reason}`);
  }

  /** Partitions that are taken over together are asked for once. */
  #committed(): Promise<Map<number, GroupOffset | null>> {
    if (this.#asking !== null) return this.#asking;
    const asking = this.#ports.log
      .committed(groupOf(this.projection), this.projection.topic)
      .finally(() => {
        if (this.#asking === asking) this.#asking = null;
      });
    this.#asking = asking;
    return asking;
  }
}
