import { proofSize, reportProof } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { post } from './support/api.js';
import {
  folderOf,
  openFolder,
  startEmbedded,
  untilCaughtUp,
} from './support/embedded-installation.js';
import { pidOf } from './support/log-lines.js';
import { serviceProgram } from './support/program.js';
import { importTraces } from './support/refold-command.js';
import type { ServiceProcess } from './support/service-process.js';
import { until } from './support/until.js';
import { expectEquality } from './support/verify.js';

const KILLS = proofSize({ short: 3, full: 12 });
/** The embedded default needs less. */
const RESIDENT_BYTES_MAX = 150_000_000;

/** A write that leaves something to collect. */
const AT_REST = { event_type: 'any.thing', payload: { text: 'x'.repeat(50_000) } };

async function residentBytes({ url }: ServiceProcess): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const found = /^process_resident_memory_bytes\S* (\S+)$/m.exec(page);
  return Number(found?.[1]);
}

describe('everything in one process, on a folder', () => {
  it('loses, doubles and renumbers nothing that was acknowledged, however often it is killed', async () => {
    const { service } = await startEmbedded();
    const writer = new AckedWriter({
      url: () => service.url,
      eventsPerRun: 20,
      concurrency: 8,
      prefix: 'embedded',
      giveUpMs: 120_000,
      pauseMs: 2,
    });
    let done = false;
    const writing = writer.write(() => done);
    for (let kill = 0; kill < KILLS; kill++) {
      await writer.more(80 + 40 * (kill % 5));
      await service.crash();
    }
    await writer.more(100);
    done = true;
    await writing;
    await untilCaughtUp(service);
    service.signal('SIGTERM');
    await until(
      () => service.lastWords(),
      () => !service.alive,
    );
    const installation = await openFolder(service);
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    await installation.close();
    await service.stop();
    reportProof({
      killed: KILLS,
      acknowledged: writer.acknowledged.length,
      runs: writer.runIds.length,
      retried: JSON.stringify(Object.fromEntries(writer.retried)),
    });
  }, 300_000);

  it('has one owner: a second process is told who that is, and ends', async () => {
    const { service } = await startEmbedded();
    try {
      const second = serviceProgram('standalone', { RUNTIME_EVENT_LOG_PATH: folderOf(service) });
      expect(await second.finished(20_000)).toEqual({ code: 1, signal: null });
      const folder = folderOf(service);
      const told = `${folder} is in use by process ${pidOf(service)}: stop that process, or choose`;
      expect(second.out).toContain(told);
      expect(await service.answers('/readyz')).toBe(true);
    } finally {
      await service.stop();
    }
  });

  it('has the folder again at once after its owner was killed', async () => {
    const { service } = await startEmbedded();
    await service.crash();
    await service.ready();
    expect(service.lastWords()).not.toContain('in use by process');
    await service.stop();
  });

  it('is ready soon, and small after all traces were imported', async () => {
    const { service, spentMs } = await startEmbedded();
    try {
      const emptyBytes = await residentBytes(service);
      await importTraces(service.url);
      const fullBytes = await residentBytes(service);
      let bytes = fullBytes;
      await post(service.url, '/runs', { run_id: 'at-rest' });
      // What the import left counts until the garbage collector comes by, which writes make it do.
      await until(
        () => `${bytes} bytes are resident`,
        async () => {
          await post(service.url, '/runs/at-rest/events', AT_REST, { prefer: 'respond-async' });
          bytes = await residentBytes(service);
          return bytes < RESIDENT_BYTES_MAX;
        },
        180_000,
      );
      reportProof({
        ready_ms: Math.round(spentMs),
        empty_mb: Math.round(emptyBytes / 1e6),
        just_imported_mb: Math.round(fullBytes / 1e6),
        at_rest_mb: Math.round(bytes / 1e6),
      });
    } finally {
      await service.stop();
    }
  }, 600_000);
});
