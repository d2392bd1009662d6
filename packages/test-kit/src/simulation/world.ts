import type { Rulebook } from '@refold/domain';
import { slotTag } from '@refold/pipeline';
import type {
  Appended,
  PartitionConsumer,
  Projection,
  Slot,
  Subscription,
  TopicFault,
} from '@refold/pipeline';
import { createMemoryEventLog, type ForeignRecord } from '../memory/memory-event-log.js';
import { createMemoryViewStore, type StoreImage } from '../memory/memory-view-store.js';
import { GenerationWatch } from './generation-watch.js';
import type { Poison } from './poison.js';
import type { Profile } from './profile.js';
import type { Random } from './random.js';
import type { Actor, Scheduler } from './scheduler.js';
import { SIMULATED_RULEBOOK } from './simulated-rules.js';
import { SimulatedGroup } from './simulated-group.js';
import type { Stalls } from './stalls.js';

/** A partition that stood still, and why. */
export interface Stop {
  topic: string;
  partition: number;
  error: Error;
}

/** A stretch of a log that was lost together with a leader. */
export interface LostTail {
  topic: string;
  partition: number;
  /** The first offset that was lost. */
  from: number;
}

/** Share of the calls that take very long, and how much longer they take. */
const SLOW = { share: 0.02, factor: 60 };

/** Everything that processes share: log, store, groups, and what was seen of them. */
export class World {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly profile: Profile;
  readonly projections: readonly Projection[];
  /** Events that break the rules; null: there are none. */
  readonly poison: Poison | null;
  readonly store = createMemoryViewStore();
  readonly log = createMemoryEventLog({ clock: () => this.#stamp, lanes: 1 });
  readonly actors: Actor[] = [];
  readonly groups = new Map<string, SimulatedGroup>();
  readonly findings: string[] = [];
  readonly stops: Stop[] = [];
  readonly lost: LostTail[] = [];
  /** `topic/partition` whose slot may still be that of a log which is no more. */
  readonly replaced = new Set<string>();
  /** `topic/partition` that lost something of its store: what was told may be told again. */
  readonly regressed = new Set<string>();
  readonly watch = new GenerationWatch(this);
  /** Owners that stand still behind what they have read of the pointer; null: there are none. */
  stalls: Stalls | null = null;
  readonly images: StoreImage[] = [];
  /** `actor slot next` of the commits that were applied. */
  readonly commits = new Set<string>();
  /** Places of the dead letters that reached their topic. */
  readonly mirrored = new Set<string>();
  /** `topic/partition` → how far its documents were folded when only its checkpoint was lost. */
  readonly ahead = new Map<string, number>();
  /** Nothing fails any more and nothing takes long. */
  calm = false;
  /** What the clocks of the brokers show beside the virtual time. */
  skew = 0;
  #leaders = 0;
  #stamp = 0;

  constructor(
    scheduler: Scheduler,
    random: Random,
    profile: Profile,
    projections: readonly Projection[],
    poison: Poison | null = null,
  ) {
    this.scheduler = scheduler;
    this.random = random;
    this.profile = profile;
    this.projections = projections;
    this.poison = poison;
    for (const { topic, partitions } of projections) {
      this.groups.set(topic, new SimulatedGroup(this, topic, partitions));
    }
  }

  get rulebook(): Rulebook {
    return this.poison?.rulebook ?? SIMULATED_RULEBOOK;
  }

  async open(): Promise<TopicFault[]> {
    const specs = this.projections.map(({ topic, partitions }) => ({ name: topic, partitions }));
    await this.log.ensureTopics(specs);
    return this.log.checkTopics(specs);
  }

  readonly delay = (): number => {
    const { delay } = this.profile;
    if (this.calm || delay === 0) return 0;
    const slow = this.random.chance(SLOW.share) ? SLOW.factor : 1;
    return this.random.int(0, delay) * slow;
  };

  find(what: string): void {
    if (!this.findings.includes(what)) this.findings.push(what);
  }

  isReplaced(topic: string, partition: number): boolean {
    return this.replaced.has(`${topic}/${partition}`);
  }

  /**
   * Everything from `from` on is gone: a leader died with it, or, with `sameEpoch`, its disks came
   * back older. Whatever is written then has another append time.
   */
  loseTail(topic: string, partition: number, from: number, sameEpoch: boolean): void {
    this.lost.push({ topic, partition, from });
    this.replaced.add(`${topic}/${partition}`);
    this.scheduler.now += 1;
    this.changeLeader(topic, partition, from, sameEpoch);
  }

  /** Reading is interrupted; the log holds nothing from `end` on. */
  changeLeader(topic: string, partition: number, end: number, sameEpoch = false): void {
    this.log.truncateTail(topic, partition, end, sameEpoch);
    this.groups.get(topic)?.interrupt(partition);
  }

  leaderOf(topic: string, partition: number): string {
    return `broker-${(partition + topic.length + this.#leaders) % 2}`;
  }

  moveLeaders(): void {
    this.#leaders += 1;
  }

  /** What every write to the log goes through; `timestamp` where it is not the time of now. */
  readonly append = (
    topic: string,
    partition: number,
    record: ForeignRecord,
    timestamp: number = this.#appendTime(),
  ): Appended => {
    this.#stamp = timestamp;
    const offset = this.log.appendForeign(topic, partition, record);
    this.groups.get(topic)?.wake(partition);
    return { offset, timestamp };
  };

  join(actor: Actor, topics: readonly string[], consumer: PartitionConsumer): Subscription {
    for (const topic of topics) this.groups.get(topic)?.join(actor, consumer);
    return {
      hint: () => undefined,
      commit: () => Promise.resolve(),
      close: async () => {
        for (const topic of topics) this.groups.get(topic)?.drop(actor);
      },
    };
  }

  noteCommit(actor: Actor, slot: Slot, next: number | string): void {
    this.commits.add(`${actor.name} ${slotTag(slot)} ${next}`);
  }

  noteStop(topic: string, partition: number, error: Error): void {
    this.stops.push({ topic, partition, error });
  }

  #appendTime(): number {
    return Math.max(0, this.scheduler.now + this.skew);
  }
}
