import type { Producer, RecordMetadata } from 'kafkajs';
import {
  AppendRefused,
  type Appended,
  type LaneSender,
  type OutgoingRecord,
} from '@refold/pipeline';
import { newKafka } from './client.js';
import { asError } from './errors.js';
import type { LaneChecks } from './lane-checks.js';
import type { Settled } from './options.js';
import { atMost, Backoff } from './pause.js';

const ALL_REPLICAS = -1;
const DISCONNECT_BOUND_MS = 1_000;

/** The broker's words for a batch that it did not store and never will. */
const REFUSALS: Readonly<Record<string, AppendRefused['reason']>> = {
  MESSAGE_TOO_LARGE: 'too_large',
  RECORD_LIST_TOO_LARGE: 'too_large',
  INVALID_RECORD: 'invalid',
  INVALID_TIMESTAMP: 'invalid',
  TOPIC_AUTHORIZATION_FAILED: 'unauthorized',
  CLUSTER_AUTHORIZATION_FAILED: 'unauthorized',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown_topic',
};

interface PartitionRecords {
  topic: string;
  partition: number;
  /** Their places in the send. */
  places: number[];
}

/**
 * One idempotent kafkajs producer with at most one send outstanding, retries included. More than one
 * would lose records: kafkajs hands the sequence numbers of a send whose answer was lost to the next.
 */
export class KafkaLane implements LaneSender {
  private readonly options: Settled;
  private readonly checks: LaneChecks;
  private readonly producer: Producer;
  private busy = false;
  private spent: string | null = null;
  /** How often kafkajs began to send what is outstanding. */
  private attempts = 0;
  private firstOfSend: unknown = null;

  private constructor(options: Settled, checks: LaneChecks) {
    this.options = options;
    this.checks = checks;
    this.producer = newKafka(options).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Bounded by time, not by count; see `send`.
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER },
      createPartitioner:
        () =>
        ({ message }) => {
          this.attempted(message);
          return message.partition ?? -1;
        },
    });
  }

  /** Opens a lane; rejects when no broker gave it a producer ID within the time of a send. */
  static async open(options: Settled, checks: LaneChecks): Promise<KafkaLane> {
    const deadline = performance.now() + options.sendTimeoutMs;
    const backoff = new Backoff();
    for (;;) {
      const lane = new KafkaLane(options, checks);
      try {
        // kafkajs gives up at once when the brokers have no controller yet.
        await lane.producer.connect();
        return lane;
      } catch (error) {
        await lane.close();
        if (performance.now() > deadline) throw error;
        options.logger('debug', 'opening a lane is tried again', { error: asError(error).message });
        await backoff.pause();
      }
    }
  }

  async send(records: readonly OutgoingRecord[]): Promise<Appended[]> {
    if (this.spent !== null) throw new Error(`the lane ${this.spent}: open a new one`);
    if (this.busy) throw new Error('the lane has a send outstanding: wait for it');
    if (records.length === 0) return [];
    this.busy = true;
    try {
      return await this.sendAll(records);
    } catch (error) {
      this.spent = 'has failed';
      throw error;
    } finally {
      this.busy = false;
    }
  }

  async close(): Promise<void> {
    this.spent ??= 'is closed';
    await atMost(this.producer.disconnect(), DISCONNECT_BOUND_MS);
  }

  private async sendAll(records: readonly OutgoingRecord[]): Promise<Appended[]> {
    const parts = partsOf(records);
    for (const { topic, partition, places } of parts) {
      const own = places.map((place) => records[place] as OutgoingRecord);
      await this.checks.check(topic, partition, own);
    }
    const messages = records.map(({ key, value, partition }) => ({ key, value, partition }));
    const byTopic = new Map<string, typeof messages>();
    records.forEach(({ topic }, place) => {
      const own = byTopic.get(topic) ?? [];
      own.push(messages[place] as (typeof messages)[number]);
      byTopic.set(topic, own);
    });
    this.attempts = 0;
    this.firstOfSend = messages[0];
    const topicMessages = [...byTopic].map(([topic, own]) => ({ topic, messages: own }));
    try {
      const answers = await this.bounded(
        this.producer.sendBatch({ acks: ALL_REPLICAS, topicMessages }),
      );
      return landed(records.length, parts, answers);
    } catch (error) {
      throw this.judged(error, parts.length);
    }
  }

  /** kafkajs cannot be told to stop retrying; what is still retried after the bound is stopped here. */
  private attempted(message: unknown): void {
    if (this.spent !== null) throw new Error(`the lane ${this.spent}`);
    if (message === this.firstOfSend) this.attempts += 1;
  }

  private async bounded<T>(sent: Promise<T>): Promise<T> {
    const { sendTimeoutMs } = this.options;
    if (await atMost(sent, sendTimeoutMs)) return sent;
    throw new Error(`no answer within ${sendTimeoutMs} ms: the outcome is unknown`);
  }

  /**
   * A refusal is certain only when it answers the first attempt at one partition: an earlier attempt,
   * or another partition of the same request, may have been stored.
   */
  private judged(thrown: unknown, partitions: number): Error {
    const error = asError(thrown);
    const nothingStored = this.attempts === 0 || (this.attempts === 1 && partitions === 1);
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      const type = (at as { type?: unknown }).type;
      const reason = typeof type === 'string' ? REFUSALS[type] : undefined;
      if (reason && nothingStored) {
        return new AppendRefused(reason, `refused by the broker: ${at.message}`, { cause: error });
      }
    }
    return error;
  }
}

/** The records of a send by partition, in the order in which partitions first appear. */
function partsOf(records: readonly OutgoingRecord[]): PartitionRecords[] {
  const parts = new Map<string, PartitionRecords>();
  records.forEach(({ topic, partition }, place) => {
    const name = `${topic}/${partition}`;
    const part = parts.get(name) ?? { topic, partition, places: [] };
    part.places.push(place);
    parts.set(name, part);
  });
  return [...parts.values()];
}

/** kafkajs may resolve without having sent every partition, so each must have been answered. */
function landed(
  count: number,
  parts: readonly PartitionRecords[],
  answers: readonly RecordMetadata[],
): Appended[] {
  const results = new Array<Appended>(count);
  for (const { topic, partition, places } of parts) {
    const own = answers.filter((one) => one.topicName === topic && one.partition === partition);
    const base = Number(own[0]?.baseOffset ?? NaN);
    if (own.length !== 1 || !Number.isSafeInteger(base) || base < 0) {
      throw new Error(`${topic}/${partition} was not acknowledged: the outcome is unknown`);
    }
    const timestamp = Number(own[0]?.logAppendTime ?? -1);
    places.forEach((place, i) => (results[place] = { offset: base + i, timestamp }));
  }
  return results;
}
