import { randomUUID } from 'node:crypto';
import { openRedisStore, type RedisStore } from '@refold/redis';
import { createHttpServer, createLogger, createMetrics } from '@refold/service';
import {
  createRateLedger,
  guardRoutes,
  limitRates,
  machineTiming,
  openRateLedger,
  toProblem,
} from '@refold/serving';
import { RedisServer } from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithOwnRedis, local, until } from './redis-fixture.js';

const WINDOW_MS = 1_000;
const MAX = 50;

describeWithOwnRedis('rates that instances share through Redis', () => {
  let server: RedisServer;
  let stores: RedisStore[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    const namespace = `rates-${randomUUID()}`;
    const open = () =>
      openRedisStore({
        ...local(server.port),
        namespace,
        commandTimeoutMs: 1_500,
        logger: () => {},
      });
    stores = [await open(), await open(), await open()];
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await server.stop();
  });

  it('add up what all of them spend, and lapse', async () => {
    const [first, second] = stores as [RedisStore, RedisStore];
    await first.spend(new Map([['a', 400_000.5]]));
    const heard = await second.spend(
      new Map([
        ['a', 100_000],
        ['b', 10],
      ]),
    );
    expect(heard.get('a')).toBeGreaterThan(440_000);
    expect(heard.get('a')).toBeLessThanOrEqual(500_000.5);
    expect(heard.get('b')).toBeCloseTo(10, 1);
    await until('what was spent is paid for', async () => {
      const [again] = [...(await first.spend(new Map([['b', 0]]))).values()];
      return again === 0;
    });
  });

  it('are one rate over time, whatever instance is asked', async () => {
    const ledgers = stores.map((store) =>
      createRateLedger({ share: { add: (spent) => store.spend(spent) }, timing: machineTiming }),
    );
    const began = performance.now();
    let allowed = 0;
    while (performance.now() - began < 6_000) {
      for (const ledger of ledgers) if (ledger.take('k', MAX, WINDOW_MS).allowed) allowed += 1;
      await machineTiming.sleep(2);
    }
    const seconds = (performance.now() - began) / 1_000;
    for (const ledger of ledgers) ledger.stop();
    // One burst for each instance before they heard of each other, then one rate for all of them.
    expect(allowed).toBeGreaterThan(MAX * seconds * 0.8);
    expect(allowed).toBeLessThan(MAX * (seconds + stores.length) * 1.1);
  });

  it('do not make anybody wait while Redis is frozen, and are shared again after it', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'info',
      destination: { write: (line) => void lines.push(line) },
    });
    const metrics = createMetrics('test');
    const app = createHttpServer({ logger, metrics, toProblem });
    guardRoutes(app, null);
    const [store] = stores as [RedisStore];
    let asking = 0;
    const add = async (spent: ReadonlyMap<string, number>): Promise<Map<string, number>> => {
      asking += 1;
      try {
        return await store.spend(spent);
      } finally {
        asking -= 1;
      }
    };
    limitRates(app, {
      config: { writeRateMax: 100_000, readRateMax: undefined, rateWindowMs: WINDOW_MS },
      ledger: openRateLedger(app, { share: { add }, timing: machineTiming, logger, metrics }),
      metrics,
    });
    app.post('/thing', async () => 'written');
    const isShared = async () =>
      /limits_shared\{.*\} (\d)$/m.exec((await metrics.page()).text)?.[1];
    const write = async (): Promise<void> => {
      expect((await app.inject({ method: 'POST', url: '/thing' })).statusCode).toBe(200);
    };
    await write();
    expect(await isShared()).toBe('1');

    server.freeze();
    try {
      // Whoever waited for the account would never be answered while it is asked.
      await until('a write is answered while the account is asked in vain', async () => {
        await write();
        return asking > 0;
      });
      await until('the absence is noticed', async () => {
        await write();
        return (await isShared()) === '0';
      });
    } finally {
      server.thaw();
    }
    await until('it is shared again', async () => {
      await write();
      return (await isShared()) === '1';
    });
    const told = lines.filter((line) => line.includes('rate limits are'));
    const levels = told.map((line) => (JSON.parse(line) as { level: string }).level);
    // A machine that is slow enough loses the server again: each absence and each return is told once.
    const inTurns = levels.map((_, at) => (at % 2 === 0 ? 'warn' : 'info'));
    expect(levels.slice(0, 2)).toEqual(['warn', 'info']);
    expect(levels).toEqual(inTurns);
    await app.close();
  });
});
