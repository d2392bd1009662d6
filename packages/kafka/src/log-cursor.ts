import {
  assertTime,
  OffsetOutOfRange,
  UnknownFormat,
  type LogBatch,
  type LogRange,
  type Offset,
} from '@refold/pipeline';
import { BrokerLink } from './broker-link.js';
import {
  asError,
  CODE,
  rightRefused,
  RightRefused,
  safeOffset,
  UndecodableBatch,
  UnknownTopic,
} from './errors.js';
import { readFetchResponse } from './fetch-response.js';
import type { Settled } from './options.js';
import { Backoff } from './pause.js';
import { fetchCall, offsetsCall, protocolError } from './raw-client.js';
import { decodeStretch, endOf } from './record-batch.js';
import { Topology } from './topology.js';

const MIB = 1_048_576;

const NO_OFFSET = -1;

const isFinal = (error: unknown): boolean =>
  error instanceof UnknownTopic ||
  error instanceof OffsetOutOfRange ||
  error instanceof UndecodableBatch ||
  error instanceof UnknownFormat ||
  error instanceof RightRefused;

/** Reads without a group, over connections of its own: a fetch that waits holds up its connection. */
export class LogCursor {
  private readonly options: Settled;
  private readonly link: BrokerLink;
  private readonly topology: Topology;

  constructor(options: Settled) {
    this.options = options;
    this.link = new BrokerLink(options);
    this.topology = new Topology(this.link);
  }

  partitions(topic: string): Promise<number> {
    return this.retrying(topic, async () => (await this.topology.leaders(topic)).size);
  }

  leader(topic: string, partition: number): Promise<number> {
    return this.retrying(topic, () => this.topology.leader(topic, partition));
  }

  /** What is remembered of the topic may be wrong: the brokers are asked anew. */
  misled(topic: string): void {
    this.topology.forget(topic);
  }

  /** How many brokers the cluster lists now. */
  brokers(): Promise<number> {
    return this.retrying(null, async () => (await this.link.metadata([])).brokers.length);
  }

  range(topic: string, partition: number): Promise<LogRange> {
    return this.retrying(topic, () => this.rangeOnce(topic, partition));
  }

  async offsetForTime(topic: string, partition: number, timeMs: number): Promise<Offset> {
    assertTime(timeMs);
    return this.retrying(topic, async () => {
      // Asked before the time: whatever is appended in between lies at this end or past it.
      const end = await this.offsetOnce(topic, partition, 'latest');
      const found = await this.offsetOnce(topic, partition, timeMs);
      return found === NO_OFFSET ? end : found;
    });
  }

  read(topic: string, partition: number, from: Offset, bytesMax = MIB): Promise<LogBatch> {
    let bytes = bytesMax;
    return this.retrying(topic, async () => {
      for (;;) {
        const batch = await this.readOnce(topic, partition, from, bytes);
        if (typeof batch !== 'number') return batch;
        bytes = batch;
      }
    });
  }

  /** One try, for a caller that does its own waiting. */
  async answers(): Promise<void> {
    await this.link.metadata([]);
  }

  close(): Promise<void> {
    return this.link.close();
  }

  private async rangeOnce(topic: string, partition: number): Promise<LogRange> {
    const [start, end] = await Promise.all([
      this.offsetOnce(topic, partition, 'earliest'),
      this.offsetOnce(topic, partition, 'latest'),
    ]);
    return { start, end };
  }

  /** What the leader answers; {@link NO_OFFSET} when no record is that young. */
  private async offsetOnce(
    topic: string,
    partition: number,
    which: 'earliest' | 'latest' | number,
  ): Promise<Offset> {
    const leader = await this.topology.leader(topic, partition);
    const { responses } = await this.link.call(leader, offsetsCall(topic, partition, which));
    const answer = responses[0]?.partitions[0];
    if (!answer) throw new Error(`broker ${leader} gave no offset of ${topic}/${partition}`);
    this.check(topic, partition, answer.errorCode);
    return safeOffset(answer.offset);
  }

  /** A batch; or how many bytes the next batch takes, when fewer were asked for. */
  private async readOnce(
    topic: string,
    partition: number,
    from: Offset,
    bytes: number,
  ): Promise<LogBatch | number> {
    const outOfRange = async (): Promise<OffsetOutOfRange> =>
      new OffsetOutOfRange(topic, partition, from, await this.rangeOnce(topic, partition));
    const leader = await this.topology.leader(topic, partition);
    if (!Number.isSafeInteger(from) || from < 0) throw await outOfRange();
    const partitions = [{ partition, fetchOffset: `${from}`, maxBytes: bytes }];
    const topics = [{ topic, partitions }];
    const fetch = fetchCall({ maxWaitTime: 0, minBytes: 0, maxBytes: bytes, topics });
    const { payload } = await this.link.call(leader, fetch);
    const answer = readFetchResponse(payload)[0];
    if (!answer) throw new Error(`broker ${leader} gave nothing of ${topic}/${partition}`);
    const { errorCode, end, batches } = answer;
    if (errorCode === CODE.offsetOutOfRange) throw await outOfRange();
    this.check(topic, partition, errorCode);
    const { records, next, needed } = await decodeStretch(batches, from);
    if (needed > bytes) return needed;
    if (next === from && end !== from) {
      throw new Error(`broker ${leader} gave nothing of ${topic}/${partition} from ${from}`);
    }
    return { topic, partition, from, records, next, end: endOf(end, next) };
  }

  private check(topic: string, partition: number, errorCode: number): void {
    if (errorCode === CODE.none) return;
    this.topology.forget(topic);
    const error = protocolError(errorCode);
    if (errorCode !== CODE.topicAuthorizationFailed) throw error;
    throw rightRefused(`${topic}/${partition}: not allowed to read`, error);
  }

  /** Passing trouble is tried again until the bound of a call has passed. */
  async retrying<T>(topic: string | null, attempt: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.options.callTimeoutMs;
    const backoff = new Backoff();
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof RightRefused) this.options.refusal.note(error.message);
        if (isFinal(error) || performance.now() > deadline) throw error;
        if (topic !== null) this.topology.forget(topic);
        const { message } = asError(error);
        this.options.logger('debug', 'kafka read is tried again', { topic, error: message });
        await backoff.pause();
      }
    }
  }
}
