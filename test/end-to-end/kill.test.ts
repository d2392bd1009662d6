import { setTimeout as sleep } from 'node:timers/promises';
import { proofSize, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { startWritePath } from './support/installation.js';
import type { WritePath } from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import type { ServiceProcess } from './support/service-process.js';
import { expectEquality } from './support/verify.js';

/** How often each of the four victims is killed. */
const KILLS = proofSize({ short: 2, full: 10 });

describe('kill -9 of anything while runs are written', () => {
  let installation: KillableInstallation;
  let services: WritePath;
  let ingest: ServiceProcess;
  let projector: ServiceProcess;

  beforeAll(async () => {
    installation = await openKillable();
    services = await startWritePath(installation);
    ({ ingest, projector } = services);
  }, 120_000);

  afterAll(async () => {
    await services.stop();
    await installation.close();
  }, 60_000);

  it('loses, doubles and renumbers nothing that was acknowledged', async () => {
    const writer = new AckedWriter({
      url: () => ingest.url,
      eventsPerRun: 20,
      concurrency: 8,
      prefix: 'kill',
      giveUpMs: 120_000,
      pauseMs: 5,
    });
    let done = false;
    const writing = writer.write(() => done);
    for (let round = 0; round < KILLS; round++) {
      await projector.crash();
      await writer.more(40);
      await ingest.crash();
      await writer.more(40);
      await installation.redis.kill();
      await sleep(200);
      installation.redis.restart();
      await writer.more(40);
      await installation.broker.kill();
      await sleep(200);
      installation.broker.restart();
      await writer.more(40);
    }
    done = true;
    await writing;
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    expect(writer.acknowledged.length).toBeGreaterThan(KILLS * 160);
    reportProof({
      killed_each: KILLS,
      acknowledged: writer.acknowledged.length,
      runs: writer.runIds.length,
      stored_undecided: writer.stored.length,
      retried: JSON.stringify(Object.fromEntries(writer.retried)),
    });
  }, 900_000);
});
