import { describeWithKafka, proofSize, RedisServer, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { openInstallation, startWritePath } from './support/installation.js';
import type { Installation, WritePath } from './support/installation.js';
import { expectEquality } from './support/verify.js';

const TIMES = proofSize({ short: 2, full: 10 });

describeWithKafka('Redis emptied under a running system', (kafka) => {
  let redis: RedisServer;
  let installation: Installation;
  let services: WritePath;

  beforeAll(async () => {
    redis = await RedisServer.start();
    installation = await openInstallation(kafka(), {
      source: 'local',
      url: redis.url,
      local: redis,
      stop: async () => undefined,
    });
    services = await startWritePath(installation);
  }, 120_000);

  afterAll(async () => {
    await services.stop();
    await installation.close();
    await redis.stop();
  });

  it('is rebuilt by itself, under load and idle, and every 201 stays true', async () => {
    const writer = new AckedWriter({
      url: () => services.ingest.url,
      eventsPerRun: 20,
      concurrency: 8,
      prefix: 'emptied',
      giveUpMs: 120_000,
      pauseMs: 2,
    });
    let done = false;
    const writing = writer.write(() => done);
    for (let time = 0; time < TIMES; time++) {
      await writer.more(300);
      await redis.command('FLUSHALL');
    }
    await writer.more(300);
    done = true;
    await writing;
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    // In one step: a moment later it is being rebuilt.
    const emptied = "redis.call('FLUSHALL') return redis.call('DBSIZE')";
    expect(await redis.command('EVAL', emptied, '0')).toBe('0');
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    reportProof({ emptied: TIMES + 1, acknowledged: writer.acknowledged.length });
  }, 600_000);
});
