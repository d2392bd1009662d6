import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-port.js';
import { copyFormattedLog, kafkaClassPath } from './kafka-files.js';
import { kafkaAnswers } from './kafka-probe.js';
import { OwnedProcess, untilReady } from './owned-process.js';

/** One of the voters of a cluster. */
export interface KafkaVoter {
  id: number;
  controllerPort: number;
}

export interface KafkaBrokerOptions {
  /** The place in a cluster; {@link KafkaCluster} sets it. */
  node?: KafkaVoter & { voters: readonly KafkaVoter[] };
  /**
   * `fast` lets a killed broker serve again about 3 s after its restart; `default` keeps the
   * stock registration times, with which that takes 12 s and more.
   */
  registration?: 'fast' | 'default';
  /** Further lines of `server.properties`. */
  settings?: Readonly<Record<string, string>>;
  /** Where it listens; default: a free port. */
  port?: number;
  /** What clients are told to connect to, when it is not the broker's own port (a proxy). */
  advertisedPort?: number;
  /** `start`: up within seconds, and slow for ever; `speed`: fast after a minute of load. Default `start`. */
  tunedFor?: 'start' | 'speed';
}

type Node = NonNullable<KafkaBrokerOptions['node']>;

const START_BOUND_MS = 60_000;
const FAST = { 'broker.session.timeout.ms': '1000', 'broker.heartbeat.interval.ms': '250' };

const JVM = {
  start: ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  speed: ['-Xms1g', '-Xmx1g', '-XX:+UseParallelGC'],
};

const serverSettings = (port: number, node: Node, options: KafkaBrokerOptions) => ({
  'process.roles': 'broker,controller',
  'node.id': `${node.id}`,
  'controller.quorum.voters': node.voters
    .map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`)
    .join(','),
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${options.advertisedPort ?? port}`,
  'controller.listener.names': 'CONTROLLER',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'auto.create.topics.enable': 'false',
  'num.network.threads': '2',
  'num.io.threads': '4',
  'log.cleaner.dedupe.buffer.size': '4194304',
  ...(options.registration === 'default' ? {} : FAST),
  ...options.settings,
});

const asProperties = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');

/** One real Apache Kafka broker (KRaft, its own controller) with a data folder of its own. */
export class KafkaBroker {
  readonly port: number;
  readonly folder: string;
  private readonly args: readonly string[];
  private process: OwnedProcess;

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port;
    this.folder = folder;
    this.args = args;
    this.process = this.launch();
  }

  /** Starts a broker and waits until it serves; bounded to a minute (plus Maven, once). */
  static async start(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
    const [controller = 0, free = 0] = await freePorts(2);
    const port = options.port ?? free;
    const folder = await mkdtemp(join(tmpdir(), 'refold-kafka-'));
    const alone = { id: 1, controllerPort: controller };
    const node = options.node ?? { ...alone, voters: [alone] };
    const properties = asProperties(serverSettings(port, node, options));
    const classPath = await kafkaClassPath();
    await copyFormattedLog(join(folder, 'log'), properties, node.id);
    const settings = join(folder, 'server.properties');
    await writeFile(settings, `${properties}\nlog.dirs=${join(folder, 'log')}\n`);
    const args = [...JVM[options.tunedFor ?? 'start'], '-cp', classPath, 'kafka.Kafka', settings];
    const broker = new KafkaBroker(port, folder, args);
    await broker.ready();
    return broker;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** `kill -9`: nothing is flushed or handed over. */
  async kill(): Promise<void> {
    await this.process.end('SIGKILL');
  }

  /** Starts it again on its port and folder; returns at once, `ready` says when it serves. */
  restart(): void {
    if (this.process.alive) throw new Error(`the broker on port ${this.port} is still running`);
    this.process = this.launch();
  }

  /** Waits until the broker serves; bounded to a minute unless told otherwise. */
  async ready(boundMs = START_BOUND_MS): Promise<void> {
    await untilReady(this.process, () => kafkaAnswers('127.0.0.1', this.port), boundMs);
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.process.signal('SIGSTOP');
  }

  thaw(): void {
    this.process.signal('SIGCONT');
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.process.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private launch(): OwnedProcess {
    const logFile = join(this.folder, 'broker.log');
    return new OwnedProcess({ command: 'java', args: this.args, cwd: this.folder, logFile });
  }
}
