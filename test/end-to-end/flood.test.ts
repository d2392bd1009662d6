import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis, KafkaBroker } from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInstallation, startService, type Installation } from './support/installation.js';
import type { ServiceProcess } from './support/service-process.js';
import { until } from './support/until.js';

const MIB = 1_048_576;

/** Nearly the largest event there is. */
const EVENT = JSON.stringify({ event_type: 'any.thing', payload: { text: 'x'.repeat(250_000) } });

/**
 * A write is answered after ten seconds and its record waits for a minute: without a bound on what waits
 * the flood would leave 300 × 3 × 250 KB in a heap of 128 MiB, and the process would end.
 */
const WRITERS = 300;
const FLOOD_MS = 30_000;
const HEAP = '--max-old-space-size=128';

/** The heap, bodies that are being read, and what Node takes for itself. */
const MEMORY_MAX = 450 * MIB;

/** How the writes of a flood were answered. */
interface Tally {
  statuses: Map<number, number>;
  codes: Set<string>;
  withoutRetryAfter: number;
  /** Connections that the system refused or reset: nothing was answered there. */
  resets: number;
}

const emptyTally = (): Tally => ({
  statuses: new Map(),
  codes: new Set(),
  withoutRetryAfter: 0,
  resets: 0,
});

describeWithRedis('a flood of events while the broker is frozen', (redis) => {
  let broker: KafkaBroker;
  let installation: Installation;
  let ingest: ServiceProcess;

  beforeAll(async () => {
    broker = await KafkaBroker.start();
    const brokers = [broker.address];
    const stop = async (): Promise<void> => undefined;
    installation = await openInstallation(
      { source: 'local', brokers, local: broker, stop },
      redis(),
    );
    ingest = await startService(installation, 'ingest-api', { nodeArguments: [HEAP] });
  }, 120_000);

  afterAll(async () => {
    await ingest.stop();
    await installation.close();
    await broker.stop();
  }, 60_000);

  const write = async (tally: Tally): Promise<void> => {
    const reply = await fetch(`${ingest.url}/internal/v1/runs/${randomUUID()}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      body: EVENT,
      signal: AbortSignal.timeout(60_000),
    }).catch((error: unknown) => {
      // What fetch rejects with where there is no connection; a write without an answer is another error.
      if (!(error instanceof TypeError)) throw error;
      tally.resets += 1;
      return null;
    });
    if (reply === null) return sleep(1_000);
    const body = (await reply.json()) as { code?: string };
    tally.statuses.set(reply.status, (tally.statuses.get(reply.status) ?? 0) + 1);
    if (body.code !== undefined) tally.codes.add(body.code);
    if (reply.status !== 503) return;
    const seconds = reply.headers.get('retry-after');
    if (seconds === null) tally.withoutRetryAfter += 1;
    else await sleep(Number(seconds) * 1_000);
  };

  /** Resident bytes of the process, as its own metrics tell, however busy it is. */
  const memory = async (): Promise<number> => {
    const page = await fetch(`${ingest.url}/metrics`, { signal: AbortSignal.timeout(60_000) });
    expect(page.status).toBe(200);
    return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(await page.text())?.[1]);
  };

  it('keeps memory bounded, probes answered, and ends by itself', async () => {
    const tally = emptyTally();
    let flooding = true;
    const writer = async (): Promise<void> => {
      while (flooding) await write(tally);
    };
    const before = await memory();
    broker.freeze();
    const writers = Promise.all(Array.from({ length: WRITERS }, writer));
    writers.catch(() => undefined);
    let highest = before;
    const began = performance.now();
    while (performance.now() - began < FLOOD_MS) {
      highest = Math.max(highest, await memory());
      await sleep(100);
    }
    broker.thaw();
    flooding = false;
    await writers;
    console.info(
      `flood: ${[...tally.statuses].map(([status, n]) => `${n} × ${status}`).join(', ')} (${[...tally.codes].join(', ')}), ${tally.resets} × reset; resident ${Math.round(before / MIB)} → at most ${Math.round(highest / MIB)} MiB`,
    );

    expect(highest).toBeLessThan(MEMORY_MAX);
    expect([...tally.statuses.keys()].filter((status) => ![202, 503].includes(status))).toEqual([]);
    expect(tally.statuses.get(503)).toBeGreaterThan(WRITERS);
    expect(tally.codes).toContain('overloaded');
    expect(tally.withoutRetryAfter).toBe(0);
    expect(tally.resets).toBeLessThan(WRITERS);

    const after = emptyTally();
    await until(
      () => `a write that is taken; so far ${[...after.statuses.keys()].join()}`,
      async () => {
        await write(after);
        return after.statuses.has(202);
      },
      60_000,
    );
    expect(ingest.alive).toBe(true);
  }, 300_000);
});
