import { FaultProxy } from './fault-proxy.js';
import { freePorts } from './free-port.js';
import { KafkaBroker, type KafkaVoter } from './kafka-broker.js';
import { acknowledgements } from './reply-watch.js';

const BROKERS = 3;

const REPLICATED = {
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
};

export interface KafkaClusterOptions {
  /**
   * Puts a fault proxy before every broker, which clients are told to connect to; its lost replies are
   * acknowledgements. The brokers reach each other around the proxies.
   */
  proxied?: boolean;
}

/** A broker, and the proxy before it where there is one. */
interface Member {
  broker: KafkaBroker;
  proxy: FaultProxy | null;
}

/** Listeners of a broker that its clients reach through a proxy, and the other brokers do not. */
const listeners = (own: number, inner: number, controller: number, proxy: number) => ({
  listeners: `PLAINTEXT://127.0.0.1:${own},INNER://127.0.0.1:${inner},CONTROLLER://127.0.0.1:${controller}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy},INNER://127.0.0.1:${inner}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'INNER',
});

async function startMember(
  voter: KafkaVoter,
  voters: readonly KafkaVoter[],
  proxied: boolean,
): Promise<Member> {
  const node = { ...voter, voters };
  if (!proxied) {
    return { broker: await KafkaBroker.start({ node, settings: REPLICATED }), proxy: null };
  }
  const [port = 0, inner = 0] = await freePorts(2);
  const proxy = await FaultProxy.start({ host: '127.0.0.1', port }, { watch: acknowledgements });
  const ways = listeners(port, inner, voter.controllerPort, proxy.port);
  try {
    const settings = { ...REPLICATED, ...ways };
    return { broker: await KafkaBroker.start({ node, port, settings }), proxy };
  } catch (error) {
    await proxy.stop();
    throw error;
  }
}

/** Three brokers that lead and replicate for each other, with fast registration: one may die. */
export class KafkaCluster {
  readonly brokers: readonly KafkaBroker[];
  /** One before each broker, in their order; none unless asked for. */
  readonly proxies: readonly FaultProxy[];

  private constructor(members: readonly Member[]) {
    this.brokers = members.map(({ broker }) => broker);
    this.proxies = members.flatMap(({ proxy }) => proxy ?? []);
  }

  /** Starts three brokers and waits until all of them serve; bounded to a minute (plus Maven, once). */
  static async start({ proxied = false }: KafkaClusterOptions = {}): Promise<KafkaCluster> {
    const ports = await freePorts(BROKERS);
    const voters = ports.map((controllerPort, i) => ({ id: i + 1, controllerPort }));
    // No broker serves before a majority of controllers is there, so they start together.
    const starting = voters.map((voter) => startMember(voter, voters, proxied));
    const started = await Promise.allSettled(starting);
    const members = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const cluster = new KafkaCluster(members);
    const failed = started.find((one) => one.status === 'rejected');
    if (failed) {
      await cluster.stop();
      throw failed.reason;
    }
    return cluster;
  }

  /** Where clients connect to: the proxies, where there are any. */
  get addresses(): string[] {
    return this.proxies.length > 0
      ? this.proxies.map(({ port }) => `127.0.0.1:${port}`)
      : this.brokers.map((broker) => broker.address);
  }

  /** The broker with a node ID: 1, 2 or 3. */
  broker(id: number): KafkaBroker {
    const broker = this.brokers[id - 1];
    if (!broker) throw new Error(`the cluster has brokers 1 to ${BROKERS}, not ${id}`);
    return broker;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.brokers, ...this.proxies].map((one) => one.stop()));
  }
}
