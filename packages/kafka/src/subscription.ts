import type { Offset, PartitionConsumer, Subscription } from '@refold/pipeline';
import { BrokerLink } from './broker-link.js';
import { asError, RightRefused } from './errors.js';
import { FetchLoop, type FetchEnvironment } from './fetch-loop.js';
import { GroupMembership, type Assignment } from './group-membership.js';
import { HintCommitter } from './hint-committer.js';
import type { LogCursor } from './log-cursor.js';
import type { Settled } from './options.js';
import { PartitionFeed } from './partition-feed.js';
import { atMost, Backoff } from './pause.js';
import { Topology } from './topology.js';
import { TroubleReport } from './trouble-report.js';

const BATCHES_BOUND_MS = 3_000;

/** One member of a group: kafkajs keeps the membership, the fetching and the positions are ours. */
export class KafkaSubscription implements Subscription {
  private readonly options: Settled;
  private readonly consumer: PartitionConsumer;
  private readonly link: BrokerLink;
  private readonly topology: Topology;
  private readonly membership: GroupMembership;
  private readonly hints: HintCommitter;
  private readonly trouble: TroubleReport;
  private readonly environment: FetchEnvironment;
  private readonly feeds = new Map<string, PartitionFeed>();
  /** Of each partition ever owned, when its last call will have ended. */
  private readonly ended = new Map<string, Promise<void>>();
  private readonly loops = new Map<number, FetchLoop>();
  private readonly backoff = new Backoff();
  private searching = false;
  /** A leader was found and lost again: the next search begins with a pause. */
  private flapping = false;
  private closed = false;

  constructor(
    options: Settled,
    cursor: LogCursor,
    group: string,
    topics: readonly string[],
    consumer: PartitionConsumer,
  ) {
    this.options = options;
    this.consumer = consumer;
    this.link = new BrokerLink(options);
    this.topology = new Topology(this.link);
    this.membership = new GroupMembership(options, group, topics, (assignment, isNewMember) =>
      this.assign(assignment, isNewMember),
    );
    this.hints = new HintCommitter(this.membership, options.logger);
    this.trouble = new TroubleReport('kafka fetch', options.logger);
    this.environment = {
      options,
      cursor,
      link: this.link,
      feedsOf: (brokerId) => this.live().filter((feed) => feed.leader === brokerId),
      lost: (feeds, reason) => this.lost(feeds, reason),
      well: () => this.well(),
    };
  }

  /** Resolves when the group has been joined. */
  start(): Promise<void> {
    return this.membership.join();
  }

  hint(topic: string, partition: number, next: Offset, note = ''): void {
    if (this.feeds.has(`${topic}/${partition}`)) this.hints.add(topic, partition, next, note);
  }

  async commit(topic: string, partition: number, next: Offset, note = ''): Promise<void> {
    const name = `${topic}/${partition}`;
    const feed = this.feeds.get(name);
    if (!feed) throw new Error(`${name} is not a partition of this member`);
    await this.hints.commit(topic, partition, next, note, () => this.feeds.get(name) === feed);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const feed of this.feeds.values()) feed.revoke();
    for (const loop of this.loops.values()) loop.close();
    await atMost(Promise.all(this.ended.values()), BATCHES_BOUND_MS);
    await this.hints.close();
    await this.membership.close();
    await this.link.close();
    this.feeds.clear();
  }

  private live(): PartitionFeed[] {
    return [...this.feeds.values()].filter((feed) => !feed.over);
  }

  /**
   * Eager groups name everything anew: only the difference is acted on. A member that the group did not
   * know any more takes everything over anew. Meanwhile its partitions were somebody else's, or nobody's,
   * and what is committed for them may have been replaced.
   */
  private assign(assignment: Assignment, isNewMember: boolean): void {
    if (this.closed) return;
    const owned = new Map<string, { topic: string; partition: number }>();
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) owned.set(`${topic}/${partition}`, { topic, partition });
    }
    for (const [name, feed] of this.feeds) {
      if (owned.has(name) && !isNewMember) continue;
      this.feeds.delete(name);
      this.hints.drop(feed.topic, feed.partition);
      feed.revoke();
    }
    for (const [name, { topic, partition }] of owned) {
      if (!this.feeds.has(name)) this.gain(name, topic, partition);
    }
    this.search();
  }

  private gain(name: string, topic: string, partition: number): void {
    const before = this.ended.get(name) ?? Promise.resolve();
    const feed: PartitionFeed = new PartitionFeed(
      topic,
      partition,
      this.consumer,
      this.options.fetchBytes,
      before,
      () => this.loops.get(feed.leader ?? -1)?.notify(),
    );
    this.feeds.set(name, feed);
    const ended = feed.done.catch((error: unknown) => {
      const fields = { topic, partition, error: asError(error).message };
      this.options.logger('error', 'the consumer threw when it lost a partition', fields);
    });
    this.ended.set(name, ended);
  }

  private lost(feeds: readonly PartitionFeed[], reason: Error | null): void {
    for (const feed of feeds) {
      feed.leader = null;
      feed.interrupt();
      this.topology.forget(feed.topic);
    }
    if (reason && !this.closed) this.report(reason);
    this.flapping = true;
    this.search();
  }

  /** A right that was taken away is waited for as a broker is: nothing is skipped meanwhile. */
  private report(error: Error): void {
    if (error instanceof RightRefused) this.options.refusal.note(error.message);
    this.trouble.report(error);
  }

  private well(): void {
    if (this.live().some((feed) => feed.leader === null)) return;
    this.backoff.reset();
    this.trouble.over();
  }

  private search(): void {
    if (this.searching || this.closed) return;
    this.searching = true;
    void this.findLeaders();
  }

  /** Looks for leaders until every feed has one, with growing pauses. */
  private async findLeaders(): Promise<void> {
    for (;;) {
      if (this.flapping) {
        this.flapping = false;
        await this.backoff.pause();
      }
      for (const feed of this.live()) if (feed.leader === null) await this.lead(feed);
      const found = this.live().every((feed) => feed.leader !== null);
      if (found || this.closed) break;
      this.flapping = true;
    }
    this.searching = false;
  }

  private async lead(feed: PartitionFeed): Promise<void> {
    try {
      feed.leader = await this.topology.leader(feed.topic, feed.partition);
      this.fetchFrom(feed.leader);
    } catch (error) {
      feed.interrupt();
      if (!this.closed) this.report(asError(error));
    }
  }

  private fetchFrom(brokerId: number): void {
    if (this.closed) return;
    const running = this.loops.get(brokerId);
    if (running) {
      running.notify();
      return;
    }
    const loop = new FetchLoop(brokerId, this.environment);
    this.loops.set(brokerId, loop);
    void loop.done.then(() => {
      this.loops.delete(brokerId);
      // A feed may have come while the loop ended.
      if (this.environment.feedsOf(brokerId).length > 0) this.fetchFrom(brokerId);
    });
  }
}
