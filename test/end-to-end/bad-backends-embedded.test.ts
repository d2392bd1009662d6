import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { post } from './support/api.js';
import { doomedStart } from './support/doomed-start.js';
import { folderOf, startEmbedded } from './support/embedded-installation.js';
import { PARTITIONS } from './support/installation.js';
import { serviceProgram } from './support/program.js';
import { until } from './support/until.js';

describe('npm start on a folder or with settings that cannot be used', () => {
  let scratch = '';

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'refold-bad-'));
  });

  afterEach(() => {
    rmSync(scratch, { recursive: true });
  });

  it('ends when the folder is a file, and names it', async () => {
    const path = join(scratch, 'a-file');
    writeFileSync(path, 'precious');
    const reason = await doomedStart('standalone', { RUNTIME_EVENT_LOG_PATH: path });
    expect(reason).toContain(path);
  });

  it('ends when the data are not ours, and leaves them alone', async () => {
    const file = join(scratch, 'data.mdb');
    const precious = 'x'.repeat(100_000);
    writeFileSync(file, precious);
    const reason = await doomedStart('standalone', { RUNTIME_EVENT_LOG_PATH: scratch });
    expect(reason).toContain(scratch);
    expect(readFileSync(file, 'utf8') === precious).toBe(true);
  });

  it('ends when the partition count is another one, and names the one to configure', async () => {
    const { service } = await startEmbedded();
    expect((await post(service.url, '/runs', { run_id: 'r' })).status).toBe(201);
    service.signal('SIGTERM');
    await until(
      () => service.lastWords(),
      () => !service.alive,
    );
    const settings = { RUNTIME_EVENT_LOG_PATH: folderOf(service), REFOLD_PARTITIONS: '16' };
    const reason = await doomedStart('standalone', settings);
    // Log and read models both know it; whichever is checked first says so.
    expect(reason).toMatch(/has 4 partitions instead of 16|were built with 4 partitions/);
    expect(reason).toMatch(/configure 4|set REFOLD_PARTITIONS=4/);
    await service.stop();
  });

  it('ends when the file was cut, and says so', async () => {
    const { service } = await startEmbedded();
    for (let run = 0; run < 50; run++) await post(service.url, '/runs', { run_id: `r-${run}` });
    service.signal('SIGTERM');
    await until(
      () => service.lastWords(),
      () => !service.alive,
    );
    truncateSync(join(folderOf(service), 'data.mdb'), 40_960);
    const settings = { RUNTIME_EVENT_LOG_PATH: folderOf(service) };
    const reason = await doomedStart('standalone', {
      ...settings,
      REFOLD_PARTITIONS: String(PARTITIONS),
    });
    expect(reason).toContain(folderOf(service));
    await service.stop();
  });

  it('ends when the port is taken, and says what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const settings = {
      RUNTIME_EVENT_LOG_PATH: join(scratch, 'data'),
      RUNTIME_BIND_ADDR: `127.0.0.1:${port}`,
    };
    const reason = await doomedStart('standalone', settings);
    expect(reason).toContain(`127.0.0.1:${port}`);
    expect(reason).toContain('stop it or choose another port');
    other.close();
  });

  it('names every setting that is wrong, at once, before anything is opened', async () => {
    const settings = {
      REFOLD_PARTITIONS: 'eight',
      REFOLD_WAIT_MS: '-1',
      RUNTIME_BIND_ADDR: '0.0.0.0:4100',
      REFOLD_LOG_LEVEL: 'loud',
      REFOLD_KAFKA_BROKERS: 'localhost:9092',
    };
    const program = serviceProgram('standalone', settings);
    expect((await program.finished(20_000)).code).not.toBe(0);
    const said = program.out + program.err;
    for (const name of ['REFOLD_PARTITIONS', 'REFOLD_WAIT_MS', 'REFOLD_LOG_LEVEL']) {
      expect(said).toContain(name);
    }
  });
});
