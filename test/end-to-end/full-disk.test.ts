/**
 * The disk under the embedded folder is full: what was acknowledged stays and is read, new events are
 * refused with the reason, and it goes on by itself when there is room.
 */
import { join } from 'node:path';
import { missingBackendFails, proofSize, reportProof, SmallDisk } from '@refold/test-kit';
import { afterAll, describe, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { ask, post, readiness, type ApiAnswer, type ProblemBody } from './support/api.js';
import { openDataFolder, startEmbedded } from './support/embedded-installation.js';
import { untilFolded } from './support/oracle.js';
import type { ServiceProcess } from './support/service-process.js';
import { until } from './support/until.js';
import { expectEquality } from './support/verify.js';

const TIMES = proofSize({ short: 2, full: 10 });
const DISK_BYTES = 512 * 1_024 * 1_024;
/** Larger than the pages that an earlier commit may have left free. */
const LARGE = { event_type: 'run.message', payload: { role: 'user', content: 'x'.repeat(60_000) } };

const disk = await SmallDisk.mount(DISK_BYTES);
const missing = 'mounting a tmpfs needs root, or sudo without a password';
if (disk === null && missingBackendFails()) throw new Error(missing);
if (disk === null) console.warn(`skipped the full disk: ${missing}`);

describe.skipIf(disk === null)('a full disk under the embedded folder', () => {
  let service: ServiceProcess;

  afterAll(async () => {
    await service.stop();
    await disk!.unmount();
  });

  it('takes back nothing, says so, and ends when there is room', async () => {
    const folder = join(disk!.folder, 'data');
    const settings = { RUNTIME_EVENT_LOG_PATH: folder, REFOLD_WAIT_MS: '500' };
    ({ service } = await startEmbedded({ settings }));
    const writer = new AckedWriter({
      url: () => service.url,
      eventsPerRun: 20,
      concurrency: 8,
      prefix: 'full',
      giveUpMs: 300_000,
      pauseMs: 2,
    });
    let ended = false;
    const writing = writer.write(() => ended);
    const refusedSoonMs: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      await writer.more(150);
      await disk!.fill();
      let answer: ApiAnswer<ProblemBody> | null = null;
      await until(
        () => `an event is refused; it said ${JSON.stringify(answer?.body)}`,
        async () => {
          const began = performance.now();
          answer = await post<ProblemBody>(service.url, '/runs/full-0/events', LARGE);
          refusedSoonMs.push(performance.now() - began);
          return answer.body.code === 'log_unavailable';
        },
      );
      const { status, headers, body } = answer!;
      expect(status).toBe(503);
      expect(body.detail).toMatch(/^Nothing was stored: .*free space/);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      // Between two tries of the publisher on a busy machine it may not be known for a moment.
      await until(
        () => 'the probe says that there is no room',
        async () => {
          const reasons = (await readiness(service.url))?.reasons;
          return reasons?.['event_log']?.includes('free space') === true;
        },
      );
      const acknowledged = writer.acknowledged.at(-1)!;
      const shown = await ask<{ run: { last_seq: number } }>(
        service.url,
        `/runs/${acknowledged.runId}`,
      );
      expect(shown.status).toBe(200);
      expect(shown.body.run.last_seq).toBeGreaterThanOrEqual(acknowledged.seq);
      await disk!.free();
    }
    await writer.more(150);
    ended = true;
    await writing;
    let ready: Awaited<ReturnType<typeof readiness>> = null;
    await until(
      () => `it is ready again; it says ${JSON.stringify(ready)}`,
      async () => (ready = await readiness(service.url))?.status === 'ready',
    );
    service.signal('SIGTERM');
    await until(
      () => service.lastWords(),
      () => !service.alive,
    );
    const installation = await openDataFolder(folder);
    await untilFolded(installation.log, installation.store, installation.runs);
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    await installation.close();
    reportProof({
      filled: TIMES,
      acknowledged: writer.acknowledged.length,
      last_refused_in_ms: Math.round(refusedSoonMs.at(-1) ?? NaN),
      retried: JSON.stringify(Object.fromEntries(writer.retried)),
    });
  }, 900_000);
});
