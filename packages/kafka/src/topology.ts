import type { BrokerLink } from './broker-link.js';
import { CODE, rightRefused, UnknownTopic } from './errors.js';
import { protocolError, type RawMetadata } from './raw-client.js';

/** Leader broker of each partition of a topic; null while it has none. */
export type Leaders = ReadonlyMap<number, number | null>;

const NO_LEADER = -1;

const leadersOf = (topic: RawMetadata['topicMetadata'][number]): Leaders =>
  new Map(
    topic.partitionMetadata.map(({ partitionId, leader }) => [
      partitionId,
      leader === NO_LEADER ? null : leader,
    ]),
  );

/** What was answered longer ago is asked again, beside the answer that is still given. */
const AGE_MAX_MS = 5_000;

/**
 * Who leads what, remembered until `forget`, and asked again behind the scenes when it has grown old.
 * Concurrent questions for one topic share an answer. Retries nothing.
 */
export class Topology {
  private readonly link: BrokerLink;
  private readonly known = new Map<string, { leaders: Leaders; askedAt: number }>();
  private readonly asking = new Map<string, Promise<Leaders>>();

  constructor(link: BrokerLink) {
    this.link = link;
  }

  /** Rejects with {@link UnknownTopic}, with RightRefused, or with what kept the cluster from answering. */
  async leaders(topic: string): Promise<Leaders> {
    const known = this.known.get(topic);
    if (!known) return this.asked(topic);
    // A failure shows in the calls to the leader, which forget it.
    if (performance.now() - known.askedAt > AGE_MAX_MS) this.asked(topic).catch(() => {});
    return known.leaders;
  }

  /** The leader of a partition; rejects when it has none now. */
  async leader(topic: string, partition: number): Promise<number> {
    const leader = (await this.leaders(topic)).get(partition);
    if (leader === undefined) throw new UnknownTopic(topic, partition);
    if (leader === null) {
      this.forget(topic);
      throw new Error(`partition ${partition} of ${topic} has no leader now`);
    }
    return leader;
  }

  forget(topic: string): void {
    this.known.delete(topic);
  }

  private async asked(topic: string): Promise<Leaders> {
    const asking = this.asking.get(topic) ?? this.ask(topic);
    this.asking.set(topic, asking);
    try {
      return await asking;
    } finally {
      this.asking.delete(topic);
    }
  }

  private async ask(topic: string): Promise<Leaders> {
    const { topicMetadata } = await this.link.metadata([topic]);
    const found = topicMetadata.find((candidate) => candidate.topic === topic);
    if (!found || found.topicErrorCode === CODE.unknownTopicOrPartition) {
      throw new UnknownTopic(topic);
    }
    if (found.topicErrorCode === CODE.topicAuthorizationFailed) {
      throw rightRefused(`${topic}: not allowed to use it`, protocolError(found.topicErrorCode));
    }
    if (found.topicErrorCode !== CODE.none) throw protocolError(found.topicErrorCode);
    const leaders = leadersOf(found);
    this.known.set(topic, { leaders, askedAt: performance.now() });
    return leaders;
  }
}
