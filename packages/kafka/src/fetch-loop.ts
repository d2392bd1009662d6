import { setTimeout as wait } from 'node:timers/promises';
import { OffsetOutOfRange, type Offset } from '@refold/pipeline';
import type { BrokerLink } from './broker-link.js';
import { asError, CODE, rightRefused } from './errors.js';
import { readFetchResponse, type FetchedPartition } from './fetch-response.js';
import type { LogCursor } from './log-cursor.js';
import type { Settled } from './options.js';
import type { PartitionFeed } from './partition-feed.js';
import { Signal } from './pause.js';
import { fetchCall, protocolError, type FetchRequest } from './raw-client.js';
import { decodeStretch, endOf } from './record-batch.js';

/** What a loop needs of the subscription that it fetches for. */
export interface FetchEnvironment {
  options: Settled;
  link: BrokerLink;
  cursor: LogCursor;
  /** Feeds that are fetched from this broker now, those that take nothing at the moment included. */
  feedsOf(brokerId: number): PartitionFeed[];
  /** The leader of these feeds is not known any more; `reason` is null when nothing went wrong. */
  lost(feeds: readonly PartitionFeed[], reason: Error | null): void;
  /** A fetch went well. */
  well(): void;
}

const RESPONSE_BYTES_MAX = 10 * 1_048_576;

/**
 * Fetches from one broker, one request at a time, for as long as it leads any feed. A feed that has
 * enough is left out, so it holds up nobody; the other way round, the fetch that goes without it
 * waits no longer than the feed has already been left out, so that it is soon asked for again.
 */
export class FetchLoop {
  readonly done: Promise<void>;
  private readonly brokerId: number;
  private readonly env: FetchEnvironment;
  private readonly wake = new Signal();
  private closed = false;
  private turn = 0;

  constructor(brokerId: number, env: FetchEnvironment) {
    this.brokerId = brokerId;
    this.env = env;
    this.done = this.run();
  }

  /** Some feed takes more than before. */
  notify(): void {
    this.wake.notify();
  }

  close(): void {
    this.closed = true;
    this.wake.notify();
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const feeds = this.env.feedsOf(this.brokerId);
      if (feeds.length === 0) return;
      const asked = new Map<PartitionFeed, Offset>();
      for (const feed of feeds) if (feed.wanted !== null) asked.set(feed, feed.wanted);
      if (asked.size === 0) {
        await this.wake.wait();
        continue;
      }
      const gatherMs = Math.min(...[...asked.keys()].map((feed) => feed.gatherMs));
      if (gatherMs > 0) await wait(gatherMs);
      try {
        await this.fetch(asked, this.waitMs(feeds));
        this.env.well();
      } catch (error) {
        this.env.lost(feeds, asError(error));
      }
    }
  }

  private waitMs(feeds: readonly PartitionFeed[]): number {
    const now = performance.now();
    let wait = this.env.options.fetchWaitMs;
    for (const { fullSince } of feeds) {
      if (fullSince !== null) wait = Math.min(wait, Math.max(1, Math.ceil(now - fullSince)));
    }
    return wait;
  }

  private async fetch(asked: Map<PartitionFeed, Offset>, waitMs: number): Promise<void> {
    const request: FetchRequest = {
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes: RESPONSE_BYTES_MAX,
      topics: this.inTurns([...asked]),
    };
    const { payload } = await this.env.link.call(this.brokerId, fetchCall(request));
    const byName = new Map([...asked.keys()].map((feed) => [nameOf(feed), feed]));
    for (const fetched of readFetchResponse(payload)) {
      const feed = byName.get(nameOf(fetched));
      const from = feed && asked.get(feed);
      if (feed && from !== undefined && !feed.over) await this.deliver(feed, from, fetched);
    }
  }

  /** The first partitions of an answer get its bytes, so every request begins with another one. */
  private inTurns(asked: [PartitionFeed, Offset][]): FetchRequest['topics'] {
    const first = this.turn++ % asked.length;
    const topics = new Map<string, FetchRequest['topics'][number]>();
    for (const [feed, offset] of [...asked.slice(first), ...asked.slice(0, first)]) {
      const { topic, partition, fetchBytes: maxBytes } = feed;
      const entry = topics.get(topic) ?? { topic, partitions: [] };
      entry.partitions.push({ partition, fetchOffset: `${offset}`, maxBytes });
      topics.set(topic, entry);
    }
    return [...topics.values()];
  }

  private async deliver(feed: PartitionFeed, from: Offset, got: FetchedPartition): Promise<void> {
    const { errorCode, batches, end } = got;
    if (errorCode === CODE.offsetOutOfRange) {
      this.outOfRange(feed, from);
      return;
    }
    if (errorCode === CODE.topicAuthorizationFailed) {
      const what = `${nameOf(feed)}: not allowed to read`;
      this.env.lost([feed], rightRefused(what, protocolError(errorCode)));
      return;
    }
    if (errorCode !== CODE.none) {
      this.env.lost([feed], protocolError(errorCode));
      return;
    }
    try {
      const stretch = await decodeStretch(batches, from);
      feed.fetchBytes = Math.max(this.env.options.fetchBytes, stretch.needed);
      feed.doubted = false;
      feed.offer(from, stretch, endOf(end, stretch.next), batches.length);
    } catch (error) {
      // The first time it may have been the way here that damaged it.
      if (feed.doubted) feed.fail(asError(error));
      feed.doubted = true;
    }
  }

  /** A new leader may say so for a moment: only the range itself is believed. */
  private outOfRange(feed: PartitionFeed, from: Offset): void {
    feed.leader = null;
    const { topic, partition } = feed;
    void this.env.cursor.range(topic, partition).then(
      (range) => {
        if (from >= range.start && from <= range.end) this.env.lost([feed], null);
        else feed.fail(new OffsetOutOfRange(topic, partition, from, range));
      },
      (error: unknown) => this.env.lost([feed], asError(error)),
    );
  }
}

const nameOf = ({ topic, partition }: { topic: string; partition: number }): string =>
  `${topic}/${partition}`;
