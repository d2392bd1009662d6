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
  /** Connections that the system refused or reset, by the reason it gave: nothing was answered there. */
  resets: Map<string, number>;
}

const emptyTally = (): Tally => ({
  statuses: new Map(),
  codes: new Set(),
  withoutRetryAfter: 0,
  resets: new Map(),
});

const countIn = <Key>(counts: Map<Key, number>, key: Key): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const listed = (counts: Map<unknown, number>): string =>
  [...counts].map(([what, n]) => `${n} × ${String(what)}`).join(', ');

/** As many probes in a row may find no connection before whoever probes ends the process. */
const PROBE_FAILURES_MAX = 3;

/**
 * The reply, or why there was no connection: what fetch rejects with then. No answer in time is thrown.
 */
async function connected(url: string, init: RequestInit): Promise<Response | string> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(60_000) });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const { code = error.message } = (error.cause ?? {}) as { code?: string };
    return code;
  }
}

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
    const reply = await connected(`${ingest.url}/internal/v1/runs/${randomUUID()}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      body: EVENT,
    });
    if (typeof reply === 'string') {
      countIn(tally.resets, reply);
      return sleep(1_000);
    }
    const body = (await reply.json()) as { code?: string };
    countIn(tally.statuses, reply.status);
    if (body.code !== undefined) tally.codes.add(body.code);
    if (reply.status !== 503) return;
    const seconds = reply.headers.get('retry-after');
    if (seconds === null) tally.withoutRetryAfter += 1;
    else await sleep(Number(seconds) * 1_000);
  };

  /**
   * Resident bytes of the process, as its own metrics tell, however busy it is. Hundreds of connections are
   * made at once, so one that is refused is made anew, as often as a probe would be before it gives up.
   */
  const memory = async (tally: Tally): Promise<number> => {
    for (let failures = 1; ; failures++) {
      const page = await connected(`${ingest.url}/metrics`, {});
      if (typeof page !== 'string') {
        expect(page.status).toBe(200);
        return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(await page.text())?.[1]);
      }
      countIn(tally.resets, `${page} of a probe`);
      const state = ingest.alive ? 'it runs' : `it ended: ${ingest.lastWords()}`;
      if (failures === PROBE_FAILURES_MAX) {
        throw new Error(`no probe is answered: ${page}, after ${listed(tally.statuses)}; ${state}`);
      }
    }
  };

  it('keeps memory bounded, probes answered, and ends by itself', async () => {
    const tally = emptyTally();
    let flooding = true;
    const writer = async (): Promise<void> => {
      while (flooding) await write(tally);
    };
    const before = await memory(tally);
    broker.freeze();
    const writers = Promise.all(Array.from({ length: WRITERS }, writer));
    writers.catch(() => undefined);
    let highest = before;
    const began = performance.now();
    while (performance.now() - began < FLOOD_MS) {
      highest = Math.max(highest, await memory(tally));
      await sleep(100);
    }
    broker.thaw();
    flooding = false;
    await writers;
    console.info(
      `flood: ${listed(tally.statuses)} (${[...tally.codes].join(', ')}), no connection: ${listed(tally.resets) || 'never'}; resident ${Math.round(before / MIB)} → at most ${Math.round(highest / MIB)} MiB`,
    );

    expect(highest).toBeLessThan(MEMORY_MAX);
    expect([...tally.statuses.keys()].filter((status) => ![202, 503].includes(status))).toEqual([]);
    expect(tally.statuses.get(503)).toBeGreaterThan(WRITERS);
    expect(tally.codes).toContain('overloaded');
    expect(tally.withoutRetryAfter).toBe(0);
    const resets = [...tally.resets.values()].reduce((sum, n) => sum + n, 0);
    expect(resets).toBeLessThan(WRITERS);

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
