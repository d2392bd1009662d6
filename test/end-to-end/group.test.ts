import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeWithKafka,
  proofSize,
  reportProof,
  useRedis,
  type KafkaBackend,
  type RedisBackend,
} from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { AckedWriter } from './support/acked-writer.js';
import { openInstallation, startService } from './support/installation.js';
import type { Installation } from './support/installation.js';
import { expectEquality } from './support/verify.js';

const ROUNDS = proofSize({ short: 2, full: 10 });
/** Longer than the session timeout of the group, so that the partitions of a stopped owner move. */
const STOPPED_MS = 4_000;
const SETTINGS = { REFOLD_KAFKA_SESSION_MS: '2000' };
/** Whether a zombie writes while it may is luck; so often a planted one has its chance. */
const CONTROLS_MAX = 6;
const PLANT = fileURLToPath(new URL('support/plant-no-compare.mjs', import.meta.url));

/** Two projectors; a third comes and goes; owners are stopped until their partitions moved, and wake. */
async function disturb(
  installation: Installation,
  nodeArguments: readonly string[],
  rounds: number,
  prefix: string,
): Promise<AckedWriter> {
  const options = { settings: SETTINGS, nodeArguments };
  const ingest = await startService(installation, 'ingest-api');
  const owners = [
    await startService(installation, 'projector', options),
    await startService(installation, 'projector', options),
  ];
  const writer = new AckedWriter({
    url: () => ingest.url,
    eventsPerRun: 20,
    concurrency: 8,
    prefix,
    giveUpMs: 120_000,
    pauseMs: 2,
  });
  let done = false;
  const writing = writer.write(() => done);
  for (let round = 0; round < rounds; round++) {
    await writer.more(100);
    const third = await startService(installation, 'projector', options);
    await writer.more(100);
    await third.stop();
    await writer.more(100);
    const stopped = owners[round % 2];
    stopped?.signal('SIGSTOP');
    await sleep(STOPPED_MS);
    await writer.more(100);
    stopped?.signal('SIGCONT');
    await writer.more(100);
  }
  done = true;
  await writing;
  await Promise.all([ingest, ...owners].map((service) => service.stop()));
  return writer;
}

describeWithKafka('projectors that share a group', (kafka: () => KafkaBackend) => {
  let redis: RedisBackend;
  let installation: Installation;
  let control: Installation;

  beforeAll(async () => {
    redis = await useRedis();
    installation = await openInstallation(kafka(), redis);
    control = await openInstallation(kafka(), redis);
  }, 120_000);

  afterAll(async () => {
    await installation.close();
    await control.close();
    await redis.stop();
  });

  it('agree with a fresh fold and the model, zombies included', async () => {
    const writer = await disturb(installation, [], ROUNDS, 'group');
    const last = await startService(installation, 'projector', { settings: SETTINGS });
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    await last.stop();
    reportProof({ rounds: ROUNDS, acknowledged: writer.acknowledged.length });
  }, 900_000);

  it('negative control: without the checkpoint comparison the equality is broken', async () => {
    let isBroken = false;
    let tries = 0;
    for (; !isBroken && tries < CONTROLS_MAX; tries++) {
      const writer = await disturb(control, ['--import', PLANT], 2, `control-${tries}`);
      const last = await startService(control, 'projector', { settings: SETTINGS });
      isBroken = await expectEquality(control, writer.acknowledged, writer.runIds).then(
        () => false,
        () => true,
      );
      await last.stop();
    }
    expect(isBroken, `after ${tries} tries`).toBe(true);
  }, 900_000);
});
