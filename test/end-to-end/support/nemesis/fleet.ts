import {
  KafkaCluster,
  missingBackendFails,
  RedisPair,
  reportBackend,
  SmallDisk,
} from '@refold/test-kit';
import { openInstallation, startService, type Installation } from '../installation.js';
import type { ServiceProcess } from '../service-process.js';

/** Milliseconds that a projector may be silent before its partitions go to the other. */
export const SESSION_MS = 2_000;

/** Far more than a run of the nemesis writes; only what is written takes memory. */
const DISK_BYTES = 1_024 * 1_024 * 1_024;

/** Everything that can be hurt: the backends, the networks before them, and the processes. */
export class Fleet {
  readonly kafka: KafkaCluster;
  readonly redis: RedisPair;
  /** Under the two servers of Redis; empty where nothing may be mounted. */
  readonly disks: readonly SmallDisk[];
  readonly installation: Installation;
  readonly ingests: readonly ServiceProcess[];
  readonly projectors: readonly ServiceProcess[];
  readonly reads: ServiceProcess;
  /** How often the reading service was started. */
  readerStarts = 1;
  #turn = 0;

  private constructor(parts: Parts) {
    this.kafka = parts.kafka;
    this.redis = parts.redis;
    this.disks = parts.disks;
    this.installation = parts.installation;
    const [one, two, three, four, reads] = parts.services as [
      ServiceProcess,
      ServiceProcess,
      ServiceProcess,
      ServiceProcess,
      ServiceProcess,
    ];
    this.ingests = [one, two];
    this.projectors = [three, four];
    this.reads = reads;
  }

  /**
   * Three brokers (three replicas of everything, two of which must have it), Redis with a replica, two
   * processes that take events in, two that fold and one that reads.
   */
  static async start(): Promise<Fleet> {
    const disks = await smallDisks();
    const kafka = await KafkaCluster.start({ proxied: true });
    const redis = await RedisPair.start([disks[0]?.folder, disks[1]?.folder]);
    const installation = await openInstallation(
      { source: 'local', brokers: kafka.addresses, local: null, stop: async () => undefined },
      { source: 'local', url: redis.url, local: null, stop: async () => undefined },
    );
    const settings = { REFOLD_KAFKA_SESSION_MS: String(SESSION_MS) };
    const services = await Promise.all(
      (['ingest-api', 'ingest-api', 'projector', 'projector', 'read-api'] as const).map((service) =>
        startService(installation, service, { settings }),
      ),
    );
    return new Fleet({ kafka, redis, disks, installation, services });
  }

  /** Where to write now: both take their turn. */
  ingestUrl(): string {
    this.#turn += 1;
    return this.ingests[this.#turn % 2]!.url;
  }

  get services(): readonly ServiceProcess[] {
    return [...this.ingests, ...this.projectors, this.reads];
  }

  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    await this.installation.close();
    await this.redis.stop();
    await this.kafka.stop();
    for (const disk of this.disks) await disk.unmount();
  }
}

/** One for each server of Redis, or none where this process may not mount: that is told, or fails. */
async function smallDisks(): Promise<SmallDisk[]> {
  const disks: SmallDisk[] = [];
  for (let n = 0; n < 2; n++) {
    const disk = await SmallDisk.mount(DISK_BYTES);
    if (disk !== null) disks.push(disk);
  }
  if (disks.length === 2) return disks;
  const missing = 'a full disk of Redis: mounting a tmpfs needs root, or sudo without a password';
  if (missingBackendFails()) throw new Error(missing);
  reportBackend('redis', `SKIPPED ${missing}`);
  return [];
}

interface Parts {
  kafka: KafkaCluster;
  redis: RedisPair;
  disks: readonly SmallDisk[];
  installation: Installation;
  services: readonly ServiceProcess[];
}
