import {
  AppendRefused,
  type EventLog,
  type GroupOffset,
  type LaneSender,
  type LogBatch,
  type LogRange,
  type Offset,
  type PartitionConsumer,
  type Subscription,
  type TopicFault,
  type TopicSpec,
} from '@refold/pipeline';
import { asError, RightRefused, UnknownTopic } from './errors.js';
import { committedOffsets } from './group-offsets.js';
import { LaneChecks } from './lane-checks.js';
import { KafkaLane } from './lane-sender.js';
import { LogCursor } from './log-cursor.js';
import { settle, type KafkaLogOptions, type Settled } from './options.js';
import { atMost } from './pause.js';
import { KafkaSubscription } from './subscription.js';
import { TopicAdmin } from './topic-admin.js';

const PING_BOUND_MS = 1_000;

/** An {@link EventLog} on Apache Kafka 2.3 to 4.x. Connects when it is first asked something. */
export const openKafkaLog = (options: KafkaLogOptions): EventLog => new KafkaLog(settle(options));

class KafkaLog implements EventLog {
  private readonly options: Settled;
  private readonly cursor: LogCursor;
  private readonly admin: TopicAdmin;
  private readonly checks: LaneChecks;

  constructor(options: Settled) {
    this.options = options;
    this.cursor = new LogCursor(options);
    this.admin = new TopicAdmin(options, this.cursor);
    this.checks = new LaneChecks(this.cursor, this.admin, options.logger);
  }

  partitions(topic: string): Promise<number> {
    return this.cursor.partitions(topic);
  }

  ensureTopics(specs: readonly TopicSpec[]): Promise<string[]> {
    return this.admin.ensure(specs);
  }

  checkTopics(specs: readonly TopicSpec[]): Promise<TopicFault[]> {
    return this.admin.check(specs);
  }

  range(topic: string, partition: number): Promise<LogRange> {
    return this.cursor.range(topic, partition);
  }

  offsetForTime(topic: string, partition: number, timeMs: number): Promise<Offset> {
    return this.cursor.offsetForTime(topic, partition, timeMs);
  }

  read(topic: string, partition: number, from: Offset, bytesMax?: number): Promise<LogBatch> {
    return this.cursor.read(topic, partition, from, bytesMax);
  }

  async truncate(topic: string, partition: number, start: Offset): Promise<void> {
    try {
      await this.admin.truncate(topic, partition, start);
    } catch (error) {
      if (!(error instanceof RightRefused)) throw error;
      throw new AppendRefused('unauthorized', error.message, { cause: error });
    }
  }

  async laneOf(topic: string, partition: number): Promise<string> {
    try {
      return `broker-${await this.cursor.leader(topic, partition)}`;
    } catch (error) {
      if (!(error instanceof RightRefused)) throw error;
      throw new AppendRefused('unauthorized', error.message, { cause: error });
    }
  }

  /** A lane serves every leader: it follows the partitions that it is given. */
  openLane(_lane: string): Promise<LaneSender> {
    return KafkaLane.open(this.options, this.checks, (topic) => this.cursor.misled(topic));
  }

  committed(group: string, topic: string): Promise<Map<number, GroupOffset | null>> {
    return committedOffsets(this.options, this.cursor, group, topic);
  }

  async subscribe(
    group: string,
    topics: readonly string[],
    consumer: PartitionConsumer,
  ): Promise<Subscription> {
    for (const topic of topics) {
      try {
        await this.cursor.partitions(topic);
      } catch (error) {
        if (error instanceof UnknownTopic) throw error;
        const fields = { group, topic, error: asError(error).message };
        this.options.logger('warn', 'subscribing although the brokers do not answer', fields);
      }
    }
    const subscription = new KafkaSubscription(this.options, this.cursor, group, topics, consumer);
    await subscription.start();
    return subscription;
  }

  async ping(): Promise<string | null> {
    let trouble: string | null = null;
    const asked = this.cursor.answers().catch((error: unknown) => {
      trouble = asError(error).message;
    });
    const inTime = await atMost(asked, PING_BOUND_MS);
    if (!inTime) return `no answer within ${PING_BOUND_MS} ms`;
    return trouble ?? this.options.refusal.reason();
  }

  close(): Promise<void> {
    return this.cursor.close();
  }
}
