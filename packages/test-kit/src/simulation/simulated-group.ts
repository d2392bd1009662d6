import { OffsetOutOfRange } from '@refold/pipeline';
import type { LogBatch, PartitionConsumer } from '@refold/pipeline';
import type { Actor } from './scheduler.js';
import type { World } from './world.js';

/** One partition in the hands of one member. */
interface Session {
  readonly member: Member;
  readonly partition: number;
  /** Where the consumer asked to read next; null until it has answered `assigned`. */
  next: number | null;
  /** Places it asked for before: a stray batch begins there. */
  readonly asked: number[];
  /** Whether the member was told that it has the partition: then it is told, too, that it lost it. */
  begun: boolean;
  over: boolean;
  /** How often reading was interrupted, and how many of these a folded batch has told of. */
  interruptions: number;
  told: number;
  wake: (() => void) | null;
}

export interface Member {
  readonly actor: Actor;
  readonly consumer: PartitionConsumer;
  /** Partition → the end of the member's last call for it: its calls never overlap. */
  readonly last: Map<number, Promise<unknown>>;
}

/** How often a partition without news is offered an empty batch. */
const IDLE_MS = 900;

/** Places a stray batch may begin at. */
const ASKED_MAX = 8;

/**
 * The members of one topic's group. A partition that is taken away goes to another member at once;
 * whatever the first one still runs for it goes on as a zombie's.
 */
export class SimulatedGroup {
  readonly #world: World;
  readonly #topic: string;
  readonly #partitions: number;
  readonly #members: Member[] = [];
  readonly #sessions = new Map<number, Session>();

  constructor(world: World, topic: string, partitions: number) {
    this.#world = world;
    this.#topic = topic;
    this.#partitions = partitions;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  join(actor: Actor, consumer: PartitionConsumer): void {
    this.add({ actor, consumer, last: new Map() });
  }

  /** Takes a member in, or in again. */
  add(member: Member): void {
    if (!member.actor.alive || this.#members.includes(member)) return;
    this.#members.push(member);
    this.rebalance();
  }

  /**
   * A member that left, died or was silent for too long. Its partitions go to others; it is told `lateness` milliseconds
   * later. Null: it was none.
   */
  drop(actor: Actor, lateness = 0): Member | null {
    const at = this.#members.findIndex((member) => member.actor === actor);
    const [member] = at < 0 ? [] : this.#members.splice(at, 1);
    if (member === undefined) return null;
    this.rebalance((one) => (one === member ? lateness : 0));
    return member;
  }

  /** Every partition begins anew with some member. */
  rebalance(latenessOf: (member: Member) => number = () => 0): void {
    const { random, scheduler } = this.#world;
    for (const session of this.#sessions.values()) this.#end(session, latenessOf(session.member));
    this.#sessions.clear();
    if (this.#members.length === 0) return;
    for (let partition = 0; partition < this.#partitions; partition++) {
      const member = random.pick(this.#members);
      const session: Session = {
        member,
        partition,
        next: null,
        asked: [],
        begun: false,
        over: false,
        interruptions: 0,
        told: 0,
        wake: null,
      };
      this.#sessions.set(partition, session);
      scheduler.later(member.actor, this.#label(session, 'gets'), 0, () => this.#begin(session));
    }
  }

  /** Whether the present owner has looked at the partition and said where to begin. */
  isTakenOver(partition: number): boolean {
    return typeof this.#sessions.get(partition)?.next === 'number';
  }

  /** Whether a member was given a partition, and has not said yet where to begin. */
  isTakingOver(actor: Actor): boolean {
    return [...this.#sessions.values()].some(
      ({ member, begun, next }) => member.actor === actor && begun && next === null,
    );
  }

  /** The leader of a partition was lost: whatever is read next, the log may be another one. */
  interrupt(partition: number): void {
    const session = this.#sessions.get(partition);
    if (session !== undefined) session.interruptions += 1;
  }

  /** Something was appended: no need to wait for the next offer. */
  wake(partition: number): void {
    this.#sessions.get(partition)?.wake?.();
  }

  #label(session: Session, what: string): string {
    return `${session.member.actor.name} ${what} ${this.#topic}/${session.partition}`;
  }

  /** Tells the member at once, also while a call of it runs; it is given nothing back before that. */
  #end(session: Session, lateness: number): void {
    session.over = true;
    if (!session.begun) return;
    const { member, partition } = session;
    const told = new Promise<void>((resolve) => {
      const label = this.#label(session, 'loses');
      this.#world.scheduler.later(member.actor, label, lateness, async () => {
        await member.consumer.revoked(this.#topic, partition);
        resolve();
      });
    });
    member.last.set(partition, Promise.all([member.last.get(partition), told]));
  }

  /** Runs one call of the consumer behind its calls for this partition before. */
  #run(session: Session, call: () => Promise<number>, pause: number): void {
    const { member, partition } = session;
    const before = member.last.get(partition) ?? Promise.resolve();
    const running = before.then(async () => {
      if (session.over) return;
      session.begun = true;
      try {
        session.next = await call();
        session.asked.push(session.next);
        if (session.asked.length > ASKED_MAX) session.asked.shift();
        this.#schedule(session, pause);
      } catch (error) {
        this.#stop(session, error);
      }
    });
    member.last.set(partition, running);
  }

  #begin(session: Session): void {
    const { consumer } = session.member;
    this.#run(session, () => consumer.assigned(this.#topic, session.partition), 0);
  }

  #deliver(session: Session, batch: LogBatch): void {
    const { interruptions } = session;
    const isEmpty = batch.next === batch.from;
    const told = interruptions > session.told ? { ...batch, resumed: true } : batch;
    const call = async (): Promise<number> => {
      const next = await session.member.consumer.batch(told);
      if (!isEmpty && next === batch.next) session.told = interruptions;
      return next;
    };
    this.#run(session, call, isEmpty ? IDLE_MS : 0);
  }

  #stop(session: Session, error: unknown): void {
    if (session.over) return;
    const reason = error instanceof Error ? error : new Error(String(error));
    session.member.consumer.stopped(this.#topic, session.partition, reason);
    this.#world.noteStop(this.#topic, session.partition, reason);
  }

  #schedule(session: Session, delay: number): void {
    if (session.over) return;
    const { scheduler, delay: network } = this.#world;
    const poll = (): void => {
      session.wake = null;
      void this.#poll(session);
    };
    const label = this.#label(session, 'polls');
    const cancel = scheduler.later(session.member.actor, label, delay + network(), poll);
    session.wake = () => {
      cancel();
      session.wake = null;
      this.#schedule(session, 0);
    };
  }

  async #poll(session: Session): Promise<void> {
    if (session.over || session.next === null) return;
    const { log, random, profile, calm } = this.#world;
    const isStray = !calm && random.chance(profile.strayBatches);
    const from = isStray ? random.pick(session.asked) : session.next;
    try {
      const bytes = random.int(1, profile.batchBytes);
      const batch = await log.read(this.#topic, session.partition, from, bytes);
      if (batch.next === from && random.chance(0.5)) {
        this.#schedule(session, IDLE_MS);
        return;
      }
      this.#deliver(session, batch);
    } catch (error) {
      if (error instanceof OffsetOutOfRange && isStray) this.#schedule(session, 0);
      else this.#stop(session, error);
    }
  }
}
