import type { Consumer } from 'kafkajs';
import { newKafka } from './client.js';
import { asError, chainOf, rightRefused, typeOf } from './errors.js';
import type { Log, Settled } from './options.js';
import { atMost, Backoff } from './pause.js';

/** Partitions by topic. */
export type Assignment = Readonly<Record<string, number[]>>;

export interface CommittedOffset {
  topic: string;
  partition: number;
  offset: string;
  metadata: string;
}

const LEAVE_BOUND_MS = 3_000;
const HEARTBEATS_PER_SESSION = 4;

/**
 * What the group protocol may answer for ever. Everything else that ends a kafkajs consumer (it
 * takes a coordinator that is not there yet for final, for one) is passing.
 */
const FINAL_TYPES = new Set([
  'UNSUPPORTED_SASL_MECHANISM',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
  'GROUP_MAX_SIZE_REACHED',
  'UNSUPPORTED_VERSION',
]);

/** Somebody took a right away, or changed the password: it is waited for, as at the start. */
const REFUSED_TYPES = new Set(['GROUP_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED']);
const REFUSED_NAMES = new Set(['KafkaJSSASLAuthenticationError']);

const PASSING_NAMES = new Set([
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSTimeout',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNumberOfRetriesExceeded',
]);

/** The refusal for want of a right, or of the right password, that an error comes from. */
const refusalIn = (error: unknown): Error | undefined =>
  chainOf(error).find((one) => REFUSED_TYPES.has(typeOf(one)) || REFUSED_NAMES.has(one.name));

/** How kafkajs logs the answer to a member that may not even look for the coordinator of its group. */
const LOOKUP = /Response GroupCoordinator\(/;
const LOOKUP_REFUSED = /not authorized to access group/i;

/** Whether a crash that kafkajs does not restart from is mended by a new consumer. */
export const isPassing = (error: unknown): boolean => {
  const chain = chainOf(error);
  if (chain.some((one) => FINAL_TYPES.has(typeOf(one)))) return false;
  return refusalIn(error) !== undefined || chain.some((one) => PASSING_NAMES.has(one.name));
};

/**
 * One member of a consumer group that never fetches: every topic is paused before kafkajs could, so
 * that it only joins, heartbeats and commits. Heartbeats therefore never wait for a batch.
 */
export class GroupMembership {
  private readonly options: Settled;
  private readonly group: string;
  private readonly topics: readonly string[];
  private readonly assigned: (assignment: Assignment, isNewMember: boolean) => void;
  private consumer: Consumer | null = null;
  /** What the group calls this member. It is another one after the group had given the member up. */
  private memberId: string | null = null;
  private closed = false;
  /** Why no coordinator was found lately: kafkajs tells it to its log alone. */
  private lookupRefusal: Error | null = null;

  /**
   * `assigned` is called with everything this member owns, after every join, and with whether it was no
   * member just before: then the group may have been without members.
   */
  constructor(
    options: Settled,
    group: string,
    topics: readonly string[],
    assigned: (assignment: Assignment, isNewMember: boolean) => void,
  ) {
    this.options = options;
    this.group = group;
    this.topics = topics;
    this.assigned = assigned;
  }

  /** Joins, again and again while the brokers are away; resolves when it has joined or is closed. */
  async join(): Promise<void> {
    const backoff = new Backoff();
    while (!this.closed) {
      const consumer = this.newConsumer();
      this.consumer = consumer;
      try {
        await consumer.connect();
        await consumer.subscribe({ topics: [...this.topics], fromBeginning: true });
        if (this.closed) break;
        // Runs up to the creation of the group before its first await, so the pause precedes it all.
        const joined = consumer.run({ autoCommit: false, eachBatch: async () => {} });
        this.pauseAll(consumer);
        await joined;
        return;
      } catch (error) {
        this.consumer = null;
        void atMost(consumer.disconnect(), LEAVE_BOUND_MS);
        const { message } = this.noted(error);
        const { group } = this;
        this.options.logger('warn', 'joining the group is tried again', { group, error: message });
        await backoff.pause();
      }
    }
  }

  /** Rejects when the commit was refused or there is no group to commit to. */
  async commit(offsets: CommittedOffset[]): Promise<void> {
    if (!this.consumer) throw new Error('not a member of the group');
    await this.consumer.commitOffsets(offsets);
  }

  /** Leaves the group; bounded to three seconds. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.consumer) await atMost(this.consumer.disconnect(), LEAVE_BOUND_MS);
  }

  private newConsumer(): Consumer {
    const { sessionTimeoutMs, fetchWaitMs } = this.options;
    const heartbeatInterval = Math.ceil(sessionTimeoutMs / HEARTBEATS_PER_SESSION);
    this.lookupRefusal = null;
    const consumer = newKafka({ ...this.options, logger: this.relay }).consumer({
      groupId: this.group,
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      heartbeatInterval,
      maxWaitTimeInMs: Math.min(fetchWaitMs, heartbeatInterval),
      readUncommitted: true,
      metadataMaxAge: 30_000,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10 },
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      // A listener runs before anything is fetched. A restarted consumer has forgotten the pause.
      if (consumer !== this.consumer) return;
      this.pauseAll(consumer);
      const isNewMember = payload.memberId !== this.memberId;
      this.memberId = payload.memberId;
      this.assigned(payload.memberAssignment, isNewMember);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart || consumer !== this.consumer || this.closed) return;
      this.consumer = null;
      const { group } = this;
      const { message: error } = this.noted(payload.error);
      if (isPassing(payload.error)) {
        const fields = { group, error };
        this.options.logger('warn', 'the group membership broke and is made anew', fields);
        void this.join();
      } else {
        this.options.fatal(
          new Error(`group ${group}: membership ended: ${payload.error.message}`, {
            cause: payload.error,
          }),
        );
      }
    });
    return consumer;
  }

  private readonly relay: Log = (level, message, fields) => {
    const told = String(fields['error']);
    if (LOOKUP.test(message) && LOOKUP_REFUSED.test(told)) {
      this.lookupRefusal = Object.assign(new Error(told), { type: 'GROUP_AUTHORIZATION_FAILED' });
    }
    this.options.logger(level, message, fields);
  };

  /** What an error comes from; a refusal is noted for readiness. */
  private noted(error: unknown): Error {
    const isUnfound = chainOf(error).some((one) => one.name === 'KafkaJSGroupCoordinatorNotFound');
    const refused = refusalIn(error) ?? (isUnfound ? this.lookupRefusal : null);
    if (refused === null) return asError(error);
    const what = `group ${this.group}: not allowed to be a member`;
    this.options.refusal.note(rightRefused(what, refused).message);
    return refused;
  }

  private pauseAll(consumer: Consumer): void {
    consumer.pause(this.topics.map((topic) => ({ topic })));
  }
}
