import kafkajs, { type DescribeConfigResponse } from 'kafkajs';
import { OffsetOutOfRange } from '@refold/pipeline';
import type { Offset, TopicFault, TopicSpec } from '@refold/pipeline';
import { withAdmin } from './admin-session.js';
import { asError, chainOf, rightRefused, typeOf, UnknownTopic } from './errors.js';
import type { LogCursor } from './log-cursor.js';
import { onceLed } from './once-led.js';
import type { Settled } from './options.js';
import { Backoff } from './pause.js';

// Node's named exports of this CommonJS package leave the resource types out.
const { ConfigResourceTypes } = kafkajs;

const REPLICAS = 3;

/** What a batch may take on the wire where a topic does not say otherwise. */
export const DEFAULT_MESSAGE_BYTES = 1_048_588;

/** What a batch of one record takes besides the record's value: headers, lengths, the key. */
const RECORD_ROOM = 256;

const UNCOMPRESSED = 'uncompressed';

const required = (replicas: number): Record<string, string> => ({
  'message.timestamp.type': 'LogAppendTime',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'cleanup.policy': 'delete',
  'compression.type': UNCOMPRESSED,
  'max.message.bytes': `${DEFAULT_MESSAGE_BYTES}`,
  'min.insync.replicas': `${Math.max(1, replicas - 1)}`,
});

/** Settings that would lose or misjudge events when they are otherwise, and what otherwise does. */
const ESSENTIAL: Readonly<Record<string, { value: string; else: string }>> = {
  'message.timestamp.type': { value: 'LogAppendTime', else: 'events would carry producers’ times' },
  'retention.ms': { value: '-1', else: 'events would be deleted by age' },
  'retention.bytes': { value: '-1', else: 'events would be deleted by size' },
  'cleanup.policy': { value: 'delete', else: 'earlier events of a run would be compacted away' },
  'unclean.leader.election.enable': { value: 'false', else: 'acknowledged events could be lost' },
};

/** The library tells a refused creation as "Topic creation errors", and the broker's reason inside. */
function refusedCreation(topic: string, thrown: unknown): never {
  const [cause = asError(thrown)] = (thrown as { errors?: Error[] }).errors ?? [];
  const { type } = cause as { type?: string };
  if (type !== 'TOPIC_AUTHORIZATION_FAILED') throw cause;
  throw rightRefused(`${topic}: not allowed to create it`, cause);
}

/** The library tells a refused deletion as one of records, and the broker's reason for each partition within its cause. */
function refusedTruncation(where: string, thrown: unknown): never {
  const [cause = asError(thrown)] = chainOf(thrown).flatMap((error) =>
    ((error as { partitions?: { error: Error }[] }).partitions ?? []).map((one) => one.error),
  );
  if (typeOf(cause) !== 'TOPIC_AUTHORIZATION_FAILED') throw cause;
  throw rightRefused(`${where}: not allowed to delete records`, cause);
}

/** Creates, checks and truncates topics. Each call uses a connection of its own; they are rare. */
export class TopicAdmin {
  private readonly options: Settled;
  private readonly cursor: LogCursor;

  constructor(options: Settled, cursor: LogCursor) {
    this.options = options;
    this.cursor = cursor;
  }

  /** Creates what is missing and waits until it can be used; returns the names created. */
  async ensure(specs: readonly TopicSpec[]): Promise<string[]> {
    const missing: TopicSpec[] = [];
    for (const spec of specs) if (!(await this.exists(spec.name))) missing.push(spec);
    if (missing.length === 0) return [];
    const replicas = Math.min(REPLICAS, await this.cursor.brokers());
    const configEntries = Object.entries(required(replicas)).map(([name, value]) => ({
      name,
      value,
    }));
    const created: string[] = [];
    await withAdmin(this.options, async (admin) => {
      for (const { name: topic, partitions: numPartitions } of missing) {
        const request = { topic, numPartitions, replicationFactor: replicas, configEntries };
        // `usable` waits for the leaders; kafkajs gives up on a broker that has not heard of them yet.
        const creation = { topics: [request], waitForLeaders: false };
        const creating = onceLed(() => admin.createTopics(creation), this.options.callTimeoutMs);
        if (await creating.catch((error: unknown) => refusedCreation(topic, error))) {
          created.push(topic);
        }
      }
    });
    for (const { name, partitions } of missing) await this.usable(name, partitions);
    return created;
  }

  async check(specs: readonly TopicSpec[]): Promise<TopicFault[]> {
    const faults: TopicFault[] = [];
    for (const { name: topic, partitions, recordBytes = 0 } of specs) {
      if (!(await this.exists(topic))) {
        faults.push({ topic, fault: `does not exist: create it with ${partitions} partitions` });
        continue;
      }
      const count = await this.cursor.partitions(topic);
      if (count !== partitions) {
        const fault = `has ${count} partitions instead of ${partitions}: the count is frozen, configure ${count}`;
        faults.push({ topic, fault });
      }
      const settings = await this.settings(topic);
      for (const [name, { value, else: otherwise }] of Object.entries(ESSENTIAL)) {
        const found = settings.get(name);
        if (found === undefined || found === value) continue;
        const fault = `${name} is ${found}, and ${otherwise}: set it to ${value}`;
        faults.push({ topic, fault });
      }
      this.warnOfCompression(topic, settings.get('compression.type'));
      const batch = Number(settings.get('max.message.bytes') ?? DEFAULT_MESSAGE_BYTES);
      if (recordBytes + RECORD_ROOM > batch) {
        const fault = `max.message.bytes is ${batch}, and an event may have ${recordBytes} bytes: set it to at least ${recordBytes + RECORD_ROOM}, or allow events of at most ${batch - RECORD_ROOM} bytes`;
        faults.push({ topic, fault });
      }
    }
    return faults;
  }

  /** Such topics can be read; what a fetch of them comes to is not bounded by what it fetches. */
  private warnOfCompression(topic: string, found: string | null | undefined): void {
    if (found === undefined || found === UNCOMPRESSED) return;
    const what =
      'the topic keeps batches compressed, and every reader unfolds them: set compression.type=uncompressed';
    this.options.logger('warn', what, { topic, found });
  }

  /** Returns when all replicas have given the records up. @throws OffsetOutOfRange, RightRefused */
  async truncate(topic: string, partition: number, start: Offset): Promise<void> {
    const range = await this.cursor.range(topic, partition);
    if (start > range.end) throw new OffsetOutOfRange(topic, partition, start, range);
    if (start <= range.start) return;
    await withAdmin(this.options, async (admin) => {
      // It asks the leaders, which it has to have heard of before.
      await admin.fetchTopicOffsets(topic);
      const partitions = [{ partition, offset: `${start}` }];
      await admin
        .deleteTopicRecords({ topic, partitions })
        .catch((error: unknown) => refusedTruncation(`${topic}/${partition}`, error));
    });
  }

  /** The largest batch the topic takes, in bytes; rejects with {@link UnknownTopic}. */
  async messageBytes(topic: string): Promise<number> {
    if (!(await this.exists(topic))) throw new UnknownTopic(topic);
    return Number((await this.settings(topic)).get('max.message.bytes') ?? DEFAULT_MESSAGE_BYTES);
  }

  /** Asks the brokers, whatever is remembered: a topic may have been deleted. */
  private async exists(topic: string): Promise<boolean> {
    this.cursor.misled(topic);
    try {
      await this.cursor.partitions(topic);
      return true;
    } catch (error) {
      if (error instanceof UnknownTopic) return false;
      throw error;
    }
  }

  private async settings(topic: string): Promise<Map<string, string | null>> {
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic }];
    const described = await withAdmin<DescribeConfigResponse>(this.options, (admin) =>
      admin.describeConfigs({ resources, includeSynonyms: false }),
    );
    const entries = described.resources[0]?.configEntries ?? [];
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  }

  /** Metadata spreads over brokers after the creation was answered. */
  private async usable(topic: string, partitions: number): Promise<void> {
    const deadline = performance.now() + this.options.callTimeoutMs;
    const backoff = new Backoff();
    for (;;) {
      try {
        for (let p = 0; p < partitions; p++) await this.cursor.leader(topic, p);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await backoff.pause();
      }
    }
  }
}
