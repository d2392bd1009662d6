import {
  AppendRefused,
  NothingSent,
  type Appended,
  type LaneSender,
  type OutgoingRecord,
} from '@refold/pipeline';
import { BrokerLink } from './broker-link.js';
import { asError, CODE, RightRefused, rightRefused } from './errors.js';
import type { LaneChecks } from './lane-checks.js';
import { newParts, type SendPart } from './send-part.js';
import type { Settled } from './options.js';
import { atMost, Backoff, Signal } from './pause.js';
import { encodeProduce } from './record-encoder.js';
import { produceCall, producerIdCall, protocolError } from './raw-client.js';
import { Topology } from './topology.js';

const SEQUENCES = 2 ** 31;

/** How long the others are still waited for once some of a send was acknowledged. */
const PARTLY_MS = 1_000;

/** One producer ID at the brokers: how they tell a repeated batch from a new one. */
export interface ProducerIdentity {
  producerId: bigint;
  producerEpoch: number;
}

/**
 * One idempotent producer with at most one send outstanding, retries included. A retry carries the
 * same sequence numbers as its first attempt, so brokers store it once; it goes to the leaders of
 * the moment, and only with the partitions that were not acknowledged. A partition without a leader
 * holds up the others for a second at most: then the outcome of the send is unknown.
 */
export class KafkaLane implements LaneSender {
  private readonly options: Settled;
  private readonly checks: LaneChecks;
  private readonly link: BrokerLink;
  private readonly topology: Topology;
  private readonly misled: (topic: string) => void;
  private readonly identity: ProducerIdentity;
  /** Of each partition, the sequence number of the next record. */
  private readonly sequences = new Map<string, number>();
  private busy = false;
  private spent: string | null = null;

  private constructor(
    options: Settled,
    checks: LaneChecks,
    link: BrokerLink,
    identity: ProducerIdentity,
    misled: (topic: string) => void,
  ) {
    this.options = options;
    this.checks = checks;
    this.link = link;
    this.identity = identity;
    this.misled = misled;
    this.topology = new Topology(link);
  }

  /**
   * Opens a lane; rejects when no broker gave it a producer ID within the time of a send. `misled` is
   * called when a leader of the topic did not acknowledge: what is known of it may be wrong.
   */
  static async open(
    options: Settled,
    checks: LaneChecks,
    misled: (topic: string) => void,
  ): Promise<KafkaLane> {
    const deadline = performance.now() + options.sendTimeoutMs;
    const link = new BrokerLink(options);
    const backoff = new Backoff();
    for (;;) {
      try {
        return new KafkaLane(options, checks, link, await newIdentity(link), misled);
      } catch (error) {
        if (error instanceof AppendRefused) options.refusal.note(error.message);
        if (error instanceof AppendRefused || performance.now() > deadline) {
          await link.close();
          throw error;
        }
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
      this.spent ??= 'has failed';
      throw error;
    } finally {
      this.busy = false;
    }
  }

  async close(): Promise<void> {
    this.spent ??= 'is closed';
    await this.link.close();
  }

  private async sendAll(records: readonly OutgoingRecord[]): Promise<Appended[]> {
    const parts = newParts(records, this.identity, (name) => this.sequences.get(name) ?? 0);
    for (const part of parts) await this.checked(part);
    const { sendTimeoutMs } = this.options;
    const partly = new Signal();
    const sending = this.untilAnswered(parts, partly);
    const inTime = await Promise.race([
      atMost(sending, sendTimeoutMs),
      partly.wait().then(() => atMost(sending, PARTLY_MS)),
    ]);
    if (!inTime) {
      // What is still outstanding must not be tried again behind the caller's back.
      this.spent = 'has failed';
      await this.link.close();
      const open = parts.filter((part) => part.landed === null).map((part) => part.name);
      throw new Error(`no answer in time for ${open.join(', ')}: the outcome is unknown`);
    }
    await sending;
    const results = new Array<Appended>(records.length);
    for (const part of parts) {
      const base = part.landed;
      if (!base) throw refusalOf(parts);
      part.places.forEach((place, i) => {
        results[place] = { offset: base.offset + i, timestamp: base.timestamp };
      });
      this.sequences.set(part.name, (part.sequence + part.own.length) % SEQUENCES);
    }
    return results;
  }

  private async checked(part: SendPart): Promise<void> {
    try {
      await this.checks.check(part);
    } catch (cause) {
      if (cause instanceof AppendRefused) throw cause;
      throw new NothingSent(`${part.name}: ${asError(cause).message}`, { cause });
    }
  }

  /** Sends until every part is acknowledged or any is refused; `partly` tells of the first that are. */
  private async untilAnswered(parts: readonly SendPart[], partly: Signal): Promise<void> {
    const backoff = new Backoff();
    for (;;) {
      const open = parts.filter((part) => part.landed === null);
      if (open.length === 0) return;
      const byLeader = new Map<number, SendPart[]>();
      for (const part of open) {
        const leader = await this.leaderOf(part);
        if (leader === null) continue;
        const own = byLeader.get(leader) ?? [];
        own.push(part);
        byLeader.set(leader, own);
      }
      const requests = [...byLeader].map(async ([leader, own]) => {
        await this.request(leader, own);
        const landed = parts.filter((part) => part.landed !== null).length;
        if (landed > 0 && landed < parts.length) partly.notify();
      });
      await Promise.all(requests);
      if (parts.some((part) => part.refused !== null)) return;
      if (this.spent !== null) throw new Error(`the lane ${this.spent}: the outcome is unknown`);
      if (parts.some((part) => part.landed === null)) await backoff.pause();
    }
  }

  private async leaderOf(part: SendPart): Promise<number | null> {
    try {
      return await this.topology.leader(part.topic, part.partition);
    } catch (error) {
      if (error instanceof RightRefused) this.refused(part, error);
      this.retried(part, asError(error));
      return null;
    }
  }

  /** One attempt at one leader; what it did not acknowledge stays open. */
  private async request(leader: number, parts: readonly SendPart[]): Promise<void> {
    const { callTimeoutMs } = this.options;
    const body = encodeProduce(parts, callTimeoutMs);
    for (const part of parts) part.attempts += 1;
    try {
      const { topics } = await this.link.call(leader, produceCall(body));
      for (const part of parts) {
        const answer = topics
          .find(({ topicName }) => topicName === part.topic)
          ?.partitions.find(({ partition }) => partition === part.partition);
        if (!answer) throw new Error(`broker ${leader} did not answer for ${part.name}`);
        part.answered(answer);
        if (part.refused?.reason === 'unauthorized') this.refused(part, part.refused.cause);
        if (part.landed === null) this.retried(part, protocolError(answer.errorCode));
      }
    } catch (error) {
      for (const part of parts) if (part.landed === null) this.retried(part, asError(error));
    }
  }

  private refused(part: SendPart, error: Error): void {
    this.options.refusal.note(error.message);
    part.refuse('unauthorized', error);
  }

  private retried(part: SendPart, error: Error): void {
    this.topology.forget(part.topic);
    this.misled(part.topic);
    const fields = { partition: part.name, attempts: part.attempts, error: error.message };
    this.options.logger('debug', 'a send was not acknowledged', fields);
  }
}

async function newIdentity(link: BrokerLink): Promise<ProducerIdentity> {
  await link.metadata([]);
  const broker = link.anyBroker();
  if (broker === undefined) throw new Error('the cluster lists no broker');
  const { errorCode, producerId, producerEpoch } = await link.call(broker, producerIdCall());
  if (errorCode === CODE.clusterAuthorizationFailed) {
    const refused = rightRefused('not allowed to write to any topic', protocolError(errorCode));
    throw new AppendRefused('unauthorized', refused.message, { cause: refused });
  }
  if (errorCode !== 0) throw protocolError(errorCode);
  return { producerId: BigInt(producerId), producerEpoch };
}

/** A refusal is certain only when no part can have been stored, now or by an earlier attempt. */
function refusalOf(parts: readonly SendPart[]): Error {
  const refused = parts.find((part) => part.refused !== null)?.refused;
  if (!refused) return new Error('a partition was not acknowledged: the outcome is unknown');
  const { reason, cause } = refused;
  const nothingStored = parts.every((part) => part.certainlyNotStored);
  if (nothingStored && reason) return new AppendRefused(reason, cause.message, { cause });
  return new Error(`${cause.message}: the outcome is unknown`, { cause });
}
