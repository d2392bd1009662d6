/**
 * A batch in a codec that this build does not know stops its partition and no other, and the reason
 * says what to deploy. No broker of today takes such a batch, so it is written into the broker's file.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  describeWithBroker,
  useRedis,
  type KafkaBackend,
  type KafkaBroker,
  type RedisBackend,
} from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post, readiness } from './support/api.js';
import { homeOf, lettersOf, value } from './support/hostile-records.js';
import { openInstallation, startService, type Installation } from './support/installation.js';
import type { ServiceProcess } from './support/service-process.js';
import { lastBatchOf, produceRaw, sentWith, storedNext } from './support/stored-batch.js';
import { until } from './support/until.js';

/** Kafka has names for 0 to 4; three bits hold these too. */
const UNKNOWN_CODECS = [5, 6, 7];
const NONE = 0;

describeWithBroker('a batch in an unknown codec', {}, (broker: () => KafkaBroker) => {
  let redis: RedisBackend;
  let installation: Installation;
  let service: ServiceProcess;
  let segment = '';
  const partition = homeOf('packed');

  beforeAll(async () => {
    redis = await useRedis();
    const kafka: KafkaBackend = {
      source: 'local',
      brokers: [broker().address],
      local: broker(),
      stop: async () => {},
    };
    installation = await openInstallation(kafka, redis);
    service = await startService(installation, 'standalone');
    const { log, runs } = installation;
    const lane = await log.openLane(await log.laneOf(runs.topic, partition));
    await lane.send([{ topic: runs.topic, partition, key: 'packed', value: value('packed') }]);
    await lane.close();
    const folder = `${runs.topic}-${partition}`;
    segment = join(broker().folder, 'log', folder, '00000000000000000000.log');
  }, 120_000);

  afterAll(async () => {
    await service.stop();
    await installation.close();
    await redis.stop();
  });

  it('is refused by the broker itself, whatever its number', async () => {
    const { topic } = installation.runs;
    const { port } = broker();
    const batch = lastBatchOf(await readFile(segment));
    for (const codec of UNKNOWN_CODECS) {
      expect(await produceRaw(port, topic, partition, sentWith(batch, codec))).not.toBe(NONE);
    }
    expect(await installation.log.range(topic, partition)).toEqual({ start: 0, end: 1 });
    // The same batch without a codec is taken: nothing else about it is wrong.
    expect(await produceRaw(port, topic, partition, sentWith(batch, NONE))).toBe(NONE);
    expect(await installation.log.range(topic, partition)).toEqual({ start: 0, end: 2 });
  });

  it('stops its partition by name where it stands on the log, and the others go on', async () => {
    const { topic } = installation.runs;
    const [codec = 0] = UNKNOWN_CODECS;
    await broker().kill();
    await appendFile(segment, storedNext(lastBatchOf(await readFile(segment)), codec));
    broker().restart();
    await broker().ready();

    let said = '';
    await until(
      () => `the partition stops for its codec: ${said}`,
      async () => {
        said = Object.values((await readiness(service.url))?.reasons ?? {}).join();
        return said.includes('codec');
      },
    );
    expect(said).toMatch(
      /batch at offset 2 is compressed with codec 5, which this version does not know: deploy one/,
    );
    expect(said).toContain(`partition ${partition} stopped`);
    expect((await installation.log.range(topic, partition)).end).toBe(3);

    const stood = new Map<number, number>();
    await until(
      () => `every other partition takes and folds: ${JSON.stringify([...stood])}`,
      async () => {
        for (let n = 0; n < 8; n++) {
          const runId = `beside-${n}`;
          if (homeOf(runId) === partition) continue;
          const headers = { 'idempotency-key': runId };
          const { status } = await post(service.url, '/runs', { run_id: runId }, headers);
          stood.set(n, status);
        }
        return [...stood.values()].every((status) => status === 200 || status === 201);
      },
    );
    expect(stood.size).toBeGreaterThan(2);
    const headers = { prefer: 'wait=1' };
    expect((await post(service.url, '/runs', { run_id: 'packed-2' }, headers)).status).toBe(
      homeOf('packed-2') === partition ? 202 : 201,
    );
    const late = { event_type: 'run.delta' };
    expect((await post(service.url, '/runs/packed/events', late, headers)).status).toBe(202);
    expect(await lettersOf(service.url, `&partition=${partition}`)).toHaveLength(0);
    let health = '';
    await until(
      () => `the process calls itself alive: ${health}`,
      async () => {
        const reply = await fetch(`${service.url}/healthz`);
        health = await reply.text();
        return reply.status === 200;
      },
    );
  });
});
