import { encodeEnvelope, partitionOf, subjectOf, type RunReply } from '@refold/contracts';
import type { OutgoingRecord } from '@refold/pipeline';
import { describeWithKafka, freePorts, RedisServer, type KafkaBackend } from '@refold/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, post, readiness } from './support/api.js';
import { doomedStart } from './support/doomed-start.js';
import { openInstallation, PARTITIONS, startService } from './support/installation.js';
import type { Installation } from './support/installation.js';
import { configsTool, topicsTool } from './support/kafka-admin.js';
import { linesOf } from './support/log-lines.js';
import { ServiceProcess } from './support/service-process.js';
import { until } from './support/until.js';

const RUNS = Array.from({ length: 12 }, (_, run) => `r-${run}`);

/** Writes runs so that every partition has records, and waits for their verdicts. */
async function writeRuns(service: ServiceProcess): Promise<void> {
  for (const id of RUNS) {
    expect((await post(service.url, '/runs', { run_id: id })).status).toBe(201);
  }
}

/** Starts a service whose partitions must stop; returns the reason that its probe gives. */
async function reasonOfStop(service: ServiceProcess, about: RegExp): Promise<string> {
  let reason = '';
  await until(
    () => `a partition stopped (${String(about)}); it says ${reason} ${service.lastWords()}`,
    async () => {
      reason = (await readiness(service.url))?.reasons?.['projector_runs'] ?? '';
      return about.test(reason);
    },
    60_000,
  );
  return reason;
}

/** A record of the same run as {@link writeRuns} writes, with another identity. */
const otherRecord = (topic: string, id: string): OutgoingRecord => ({
  topic,
  partition: partitionOf(id, PARTITIONS),
  key: id,
  value: encodeEnvelope({
    id,
    source: '/another/producer',
    type: 'run.started',
    subject: subjectOf('run', id),
    data: {},
  }),
});

describeWithKafka('a log or a store that is not as it must be', (kafka: () => KafkaBackend) => {
  let redis: RedisServer;
  let installation: Installation;
  let topic: string;

  beforeAll(async () => {
    redis = await RedisServer.start();
  });

  afterAll(() => redis.stop());

  beforeEach(async () => {
    const backend = { source: 'local', url: redis.url, local: redis } as const;
    installation = await openInstallation(kafka(), { ...backend, stop: async () => undefined });
    topic = installation.runs.topic;
    return () => installation.close();
  });

  const topics = (...args: string[]) => topicsTool(kafka().brokers, '--topic', topic, ...args);

  /** A topic of the same name, without the records that were folded. */
  async function replaceTopic(partitions = PARTITIONS): Promise<void> {
    await topics('--delete');
    await until(
      () => `${topic} is deleted`,
      async () => !(await topicsTool(kafka().brokers, '--list')).split('\n').includes(topic),
    );
    const keep = ['retention.ms=-1', 'retention.bytes=-1', 'message.timestamp.type=LogAppendTime'];
    const config = keep.flatMap((setting) => ['--config', setting]);
    await topics('--create', '--partitions', String(partitions), ...config);
  }

  async function launch(): Promise<ServiceProcess> {
    const [port = 0] = await freePorts(1);
    const { settings } = installation;
    return ServiceProcess.launch({ service: 'standalone', port, settings });
  }

  describe('replaced', () => {
    it('by a shorter one: partitions stop at a checkpoint beyond the end', async () => {
      const before = await startService(installation, 'standalone');
      await writeRuns(before);
      await before.stop();
      await replaceTopic();
      const service = await launch();
      const reason = await reasonOfStop(service, /the log ends at 0/);
      expect(reason).toMatch(/the checkpoint is \d+.*discard the read models.*restore the log/s);
      const stopped = linesOf(service).filter(({ level }) => level === 'error');
      expect(stopped.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
      const run = await ask<{ run: RunReply }>(service.url, '/runs/r-0');
      expect([run.status, run.body.run.last_seq]).toEqual([200, 1]);
      await service.stop();
    });

    it('by one of the same length: the last folded record is not the one that was folded', async () => {
      const before = await startService(installation, 'standalone');
      await writeRuns(before);
      await before.stop();
      await replaceTopic();
      const { log } = installation;
      const lane = await log.openLane(await log.laneOf(topic, 0));
      await lane.send(RUNS.map((id) => otherRecord(topic, id)));
      await lane.close();
      const service = await launch();
      const reason = await reasonOfStop(service, /not the one that was folded/);
      expect(reason).toContain('discard the read models of this partition');
      await service.stop();
    });

    it('under a running process: it stops there, and folds nothing of the other log', async () => {
      const service = await startService(installation, 'standalone');
      await writeRuns(service);
      await replaceTopic();
      await reasonOfStop(service, /is outside the log, which holds 0 to 0/);
      const run = await ask<{ run: RunReply }>(service.url, '/runs/r-0');
      expect([run.status, run.body.run.last_seq]).toEqual([200, 1]);
      await service.stop();
    });
  });

  describe('with another partition count', () => {
    it('than configured: the process ends and names the count to configure', async () => {
      for (const service of ['standalone', 'projector', 'ingest-api'] as const) {
        const settings = { ...installation.settings, REFOLD_PARTITIONS: '8' };
        const reason = await doomedStart(service, settings);
        expect(reason).toContain(`${topic} has 4 partitions instead of 8`);
        expect(reason).toContain('configure 4');
      }
    });

    it('since the read models were built: the process ends and names theirs', async () => {
      const before = await startService(installation, 'standalone');
      await before.stop();
      await replaceTopic(8);
      for (const name of [installation.workers.topic]) {
        await topicsTool(kafka().brokers, '--topic', name, '--alter', '--partitions', '8');
      }
      for (const service of ['standalone', 'projector', 'read-api'] as const) {
        const settings = { ...installation.settings, REFOLD_PARTITIONS: '8' };
        const reason = await doomedStart(service, settings);
        expect(reason).toContain('the read models of runs were built with 4 partitions');
        expect(reason).toContain('set REFOLD_PARTITIONS=4');
      }
    });

    it('under a running process: partitions stop before anything is folded elsewhere', async () => {
      const service = await startService(installation, 'standalone');
      await writeRuns(service);
      await topics('--alter', '--partitions', '5');
      const reason = await reasonOfStop(service, /partitions/);
      expect(reason).toContain(`${topic} has 5 partitions`);
      await service.stop();
    });
  });

  it.each([
    ['retention.ms', '604800000'],
    ['retention.bytes', '1000000'],
    ['cleanup.policy', 'compact'],
    ['message.timestamp.type', 'CreateTime'],
  ])('with %s=%s: the process ends and says what to set', async (name, value) => {
    const alter = ['--entity-type', 'topics', '--entity-name', topic, '--alter'];
    await configsTool(kafka().brokers, ...alter, '--add-config', `${name}=${value}`);
    const services = ['standalone', 'projector', 'ingest-api'] as const;
    for (const service of name === 'retention.ms' ? services : services.slice(0, 1)) {
      const reason = await doomedStart(service, installation.settings);
      expect(reason).toContain(`${topic} ${name} is ${value}`);
      expect(reason).toMatch(/set it to (-1|delete|LogAppendTime)/);
    }
  });

  it('that evicts keys: every process that folds or reads ends', async () => {
    const evicting = await RedisServer.start({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    const settings = { ...installation.settings, REFOLD_REDIS_URL: evicting.url };
    try {
      for (const service of ['standalone', 'projector', 'read-api'] as const) {
        const reason = await doomedStart(service, settings);
        expect(reason).toContain('maxmemory-policy is allkeys-lru; set noeviction');
      }
    } finally {
      await evicting.stop();
    }
  });
});
