import { connect } from 'node:net';
import type { AppendReply, PendingReply, ReceiptStatusReply } from '@refold/contracts';
import { freePorts } from '@refold/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, post, readiness, type ApiAnswer, type ProblemBody } from './support/api.js';
import { startService } from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { linesOf, pidOf } from './support/log-lines.js';
import { ServiceProcess } from './support/service-process.js';
import { until } from './support/until.js';

const EVENT = { event_type: 'run.message', payload: { role: 'user', content: 'hello' } };

/** Which checks of `/readyz` fail, by name; null while it is ready. */
async function failing(service: ServiceProcess): Promise<string[] | null> {
  const ready = await readiness(service.url);
  return ready?.status === 'ready' ? null : Object.keys(ready?.reasons ?? {});
}

async function untilReady(...services: ServiceProcess[]): Promise<void> {
  let reasons: unknown;
  for (const service of services) {
    await until(
      () => `${service.spec.service} is ready: ${JSON.stringify(reasons)}`,
      async () => {
        reasons = (await readiness(service.url))?.reasons;
        return (await failing(service)) === null;
      },
    );
  }
}

async function untilFailing(service: ServiceProcess, name: string): Promise<void> {
  let said: string[] | null = [];
  await until(
    () => `${service.spec.service} says that ${name} is away; it says ${JSON.stringify(said)}`,
    async () => (said = await failing(service))?.includes(name) === true,
  );
}

const warnings = (service: ServiceProcess): string =>
  linesOf(service)
    .filter(({ level }) => level === 'warn' || level === 'error')
    .map((line) => JSON.stringify(line))
    .join('\n');

/** Not now, and when to ask again. */
function expectLater({ status, headers, body }: ApiAnswer<unknown>, codes: string[]): void {
  const { code } = body as ProblemBody;
  expect({ status, code }).toEqual({ status: 503, code: expect.toBeOneOf(codes) as string });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

async function acceptedLater(url: string, receipt: string): Promise<ReceiptStatusReply> {
  let last: ApiAnswer<ReceiptStatusReply> | null = null;
  await until(
    () => `the receipt tells a verdict; it says ${JSON.stringify(last?.body)}`,
    async () => {
      last = await ask<ReceiptStatusReply>(url, `/receipts/${receipt}`);
      return last.status === 200 && last.body.state !== 'pending';
    },
  );
  return last!.body;
}

describe('Kafka and Redis away', () => {
  let installation: KillableInstallation;
  let runs = 0;
  let runId = '';

  beforeAll(async () => {
    installation = await openKillable();
  }, 120_000);

  afterAll(async () => {
    await installation.close();
  }, 60_000);

  beforeEach(async () => {
    runId = `away-${runs++}`;
    for (const backend of [installation.redis, installation.broker]) {
      if (!(await reached(backend.port))) backend.restart();
      await backend.ready();
    }
  });

  it('at the start: it says which, refuses for the moment, and works when both are there', async () => {
    await installation.broker.kill();
    await installation.redis.kill();
    const [port = 0] = await freePorts(1);
    const service = await ServiceProcess.launch({
      service: 'standalone',
      port,
      settings: installation.settings,
    });
    try {
      await untilFailing(service, 'event_log');
      await untilFailing(service, 'view_store');
      expectLater(await post(service.url, '/runs', { run_id: runId }), ['log_unavailable']);
      expectLater(await ask(service.url, `/runs/${runId}`), ['store_unavailable']);
      expect(await service.answers('/healthz')).toBe(true);
      for (const backend of ['event log', 'view store']) {
        await until(
          () => `a line about the ${backend}: ${warnings(service)}`,
          () => warnings(service).includes(`"backend":"${backend}"`),
        );
      }
      installation.redis.restart();
      await until(
        () => `only the log is away: ${service.lastWords()}`,
        async () => {
          const names = await failing(service);
          return names !== null && !names.includes('view_store');
        },
      );
      expect(await failing(service)).toContain('event_log');
      installation.broker.restart();
      const pid = pidOf(service);
      await untilReady(service);
      const created = await post<AppendReply>(service.url, '/runs', { run_id: runId });
      expect([created.status, created.body.seq]).toEqual([201, 1]);
      expect(pidOf(service)).toBe(pid);
    } finally {
      await service.stop();
    }
  });

  describe('midway', () => {
    let ingest: ServiceProcess;
    let projector: ServiceProcess;
    let reader: ServiceProcess;

    beforeAll(async () => {
      projector = await startService(installation, 'projector');
      ingest = await startService(installation, 'ingest-api');
      reader = await startService(installation, 'read-api');
    });

    afterAll(() => Promise.all([ingest, projector, reader].map((service) => service.stop())));

    const append = <Body>(key: string, headers: Record<string, string> = {}) =>
      post<Body>(ingest.url, `/runs/${runId}/events`, EVENT, {
        'idempotency-key': key,
        ...headers,
      });

    it('Redis: events are taken, their receipts tell the verdict later, nobody is restarted', async () => {
      expect((await post(ingest.url, '/runs', { run_id: runId })).status).toBe(201);
      const before = [ingest, projector, reader].map(pidOf);
      await installation.redis.kill();
      await untilFailing(projector, 'view_store');
      await untilFailing(reader, 'view_store');
      expect(await failing(ingest)).toBeNull();
      for (const service of [ingest, projector, reader]) {
        expect(await service.answers('/healthz')).toBe(true);
        expect(warnings(service)).toContain(`"backend":"redis"`);
      }

      const waited = await append<PendingReply>('a', { prefer: 'wait=1' });
      const stored = await append<PendingReply>('b', { prefer: 'respond-async' });
      const again = await append<PendingReply>('b', { prefer: 'respond-async' });
      for (const { status, headers, body } of [waited, stored, again]) {
        expect([status, body.verdict]).toEqual([202, 'pending']);
        expect(headers.get('location')).toBe(`/internal/v1/receipts/${body.receipt}`);
      }
      expect(again.body.event_id).toBe(stored.body.event_id);
      expectLater(await ask(reader.url, `/runs/${runId}`), ['store_unavailable']);
      expectLater(await ask(reader.url, `/receipts/${stored.body.receipt}`), ['store_unavailable']);

      installation.redis.restart();
      const verdicts = [
        await acceptedLater(reader.url, waited.body.receipt),
        await acceptedLater(reader.url, stored.body.receipt),
        await acceptedLater(reader.url, again.body.receipt),
      ];
      expect(verdicts.map(({ state, seq }) => [state, seq])).toEqual([
        ['accepted', 2],
        ['accepted', 3],
        ['accepted', 3],
      ]);
      await untilReady(ingest, projector, reader);
      const next = await append<AppendReply>('c');
      expect([next.status, next.body.seq]).toEqual([201, 4]);
      expect([ingest, projector, reader].map(pidOf)).toEqual(before);
    });

    it('Kafka: writes are refused for the moment, reads go on, and a retry meets its first try', async () => {
      expect((await post(ingest.url, '/runs', { run_id: runId })).status).toBe(201);
      const before = [ingest, projector, reader].map(pidOf);
      await installation.broker.kill();
      await untilFailing(ingest, 'event_log');
      await untilFailing(projector, 'event_log');
      const refused = await append<ProblemBody>('a', { prefer: 'wait=1' });
      expectLater(refused, ['outcome_unknown', 'log_unavailable']);
      expectLater(await append('a'), ['outcome_unknown', 'log_unavailable']);
      const found = await ask<{ run: { last_seq: number } }>(reader.url, `/runs/${runId}`);
      expect([found.status, found.body.run.last_seq]).toEqual([200, 1]);
      expect(await failing(reader)).toBeNull();
      for (const service of [ingest, projector]) {
        expect(await service.answers('/healthz')).toBe(true);
        expect(warnings(service)).toMatch(/"backend":"event log","reason":".*ECONNREFUSED/);
      }

      installation.broker.restart();
      await untilReady(ingest, projector);
      const retried = await append<AppendReply>('a');
      expect([retried.status, retried.body.seq]).toEqual([201, 2]);
      expect((await append<AppendReply>('b')).body.seq).toBe(3);
      expect([ingest, projector, reader].map(pidOf)).toEqual(before);
    });
  });

  it('and told to stop: it ends with 0 within its bound, after it answered who waits', async () => {
    const service = await startService(installation, 'standalone');
    expect((await post(service.url, '/runs', { run_id: runId })).status).toBe(201);
    const path = `/runs/${runId}/events`;
    await installation.redis.kill();
    const undecided = post<PendingReply>(service.url, path, EVENT, { prefer: 'wait=60' });
    await until(
      () => 'one write waits for its verdict',
      async () => (await metric(service, 'refold_published_records_total')) >= 2,
    );
    await installation.broker.kill();
    const unacknowledged = post<ProblemBody>(service.url, path, EVENT, { prefer: 'wait=60' });
    await untilFailing(service, 'event_log');
    service.signal('SIGTERM');
    expect((await undecided).status).toBe(202);
    expectLater(await unacknowledged, ['outcome_unknown', 'log_unavailable']);
    await until(
      () => `it ends: ${service.lastWords()}`,
      () => !service.alive,
      15_000,
    );
    expect(linesOf(service).at(-1)).toMatchObject({ msg: 'ended', exit_code: 0 });
    await service.stop();
  });
});

/** The sum of a counter over its labels. */
async function metric(service: ServiceProcess, name: string): Promise<number> {
  const page = await (await fetch(`${service.url}/metrics`)).text();
  const lines = page.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Whether anybody listens on a port here. */
const reached = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
