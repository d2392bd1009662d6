import { freePorts } from './free-port.js';
import { KafkaBroker } from './kafka-broker.js';

const BROKERS = 3;

const REPLICATED = {
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
};

/** Three brokers that lead and replicate for each other, with fast registration: one may die. */
export class KafkaCluster {
  readonly brokers: readonly KafkaBroker[];

  private constructor(brokers: readonly KafkaBroker[]) {
    this.brokers = brokers;
  }

  /** Starts three brokers and waits until all of them serve; bounded to a minute (plus Maven, once). */
  static async start(): Promise<KafkaCluster> {
    const ports = await freePorts(BROKERS);
    const voters = ports.map((controllerPort, i) => ({ id: i + 1, controllerPort }));
    // No broker serves before a majority of controllers is there, so they start together.
    const starting = voters.map((voter) =>
      KafkaBroker.start({ node: { ...voter, voters }, settings: REPLICATED }),
    );
    const started = await Promise.allSettled(starting);
    const brokers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed) {
      await Promise.all(brokers.map((broker) => broker.stop()));
      throw failed.reason;
    }
    return new KafkaCluster(brokers);
  }

  get addresses(): string[] {
    return this.brokers.map((broker) => broker.address);
  }

  /** The broker with a node ID: 1, 2 or 3. */
  broker(id: number): KafkaBroker {
    const broker = this.brokers[id - 1];
    if (!broker) throw new Error(`the cluster has brokers 1 to ${BROKERS}, not ${id}`);
    return broker;
  }

  async stop(): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.stop()));
  }
}
