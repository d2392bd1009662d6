import { AppendRefused } from '@refold/pipeline';
import { asError, RightRefused, UnknownTopic } from './errors.js';
import type { LogCursor } from './log-cursor.js';
import type { Log } from './options.js';
import type { SendPart } from './send-part.js';
import { DEFAULT_MESSAGE_BYTES, type TopicAdmin } from './topic-admin.js';

/** A bound for what one send holds in memory and a broker looks at in one go. */
const RECORDS_MAX = 10_000;

interface TopicLimits {
  partitions: number;
  bytes: number;
}

/**
 * Refuses, before anything is sent, what the broker would refuse: after a request to several
 * partitions nobody can tell which of them were stored.
 */
export class LaneChecks {
  private readonly cursor: LogCursor;
  private readonly admin: TopicAdmin;
  private readonly log: Log;
  private readonly limits = new Map<string, Promise<TopicLimits>>();

  constructor(cursor: LogCursor, admin: TopicAdmin, log: Log) {
    this.cursor = cursor;
    this.admin = admin;
    this.log = log;
  }

  /** Rejects with {@link AppendRefused}; the limits of a topic are asked once. */
  async check({ topic, partition, name, own, batch }: SendPart): Promise<void> {
    const limits = await this.limitsOf(topic);
    if (!(partition >= 0 && partition < limits.partitions)) {
      throw new AppendRefused('invalid', `${name}: the topic has ${limits.partitions} partitions`);
    }
    if (own.length > RECORDS_MAX) {
      throw new AppendRefused('too_large', `${name}: at most ${RECORDS_MAX} records in one send`);
    }
    if (batch.length > limits.bytes) {
      const what = `${name}: ${batch.length} bytes in one batch, and the topic takes ${limits.bytes}`;
      throw new AppendRefused('too_large', what);
    }
  }

  private async limitsOf(topic: string): Promise<TopicLimits> {
    const asked = this.limits.get(topic) ?? this.ask(topic);
    this.limits.set(topic, asked);
    try {
      return await asked;
    } catch (error) {
      this.limits.delete(topic);
      if (error instanceof RightRefused) {
        throw new AppendRefused('unauthorized', error.message, { cause: error });
      }
      if (!(error instanceof UnknownTopic)) throw error;
      throw new AppendRefused('unknown_topic', error.message, { cause: error });
    }
  }

  private async ask(topic: string): Promise<TopicLimits> {
    const partitions = await this.cursor.partitions(topic);
    try {
      return { partitions, bytes: await this.admin.messageBytes(topic) };
    } catch (error) {
      if (error instanceof UnknownTopic) throw error;
      const fields = { topic, error: asError(error).message };
      this.log('warn', 'the size limit of a topic is not readable: the default is assumed', fields);
      return { partitions, bytes: DEFAULT_MESSAGE_BYTES };
    }
  }
}
