import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '@refold/pipeline';
import { FaultProxy, freshSlot, RedisServer, writesOf } from '@refold/test-kit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  describeWithOwnRedis,
  local,
  openStore,
  Steps,
  until,
  type Opened,
} from './redis-fixture.js';

describeWithOwnRedis('a Redis store on a bad network', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let opened: Opened;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    proxy = await FaultProxy.start({ host: '127.0.0.1', port: server.port });
    opened = await openStore(local(proxy.port));
  });
  afterEach(async () => {
    await opened.store.close();
    await proxy.stop();
  });

  it('commits exactly once when the reply is lost after the server has applied it', async () => {
    const steps = new Steps(opened.store);
    for (let round = 0; round < 25; round++) {
      void proxy.dropReplies();
      await steps.take();
      // Healthy again before the next one: a reconnection has replies of its own.
      await until('a connection', async () => (await opened.store.ping()) === null);
    }
    expect(proxy.dropped).toBe(25);
    expect(await steps.found()).toEqual(steps.expected());
  });

  it('which a writer without a fence does not survive', async () => {
    const naive = new Redis(proxy.port, '127.0.0.1');
    naive.on('error', () => undefined);
    await naive.set('naive', '0');
    void proxy.dropReplies();
    await naive.incr('naive');
    expect(await naive.get('naive')).toBe('2');
    naive.disconnect();
  });

  it('tells the loser of a race whose reply was lost what stands there', async () => {
    const slot = freshSlot();
    const other = await openStore(local(server.port));
    await other.store.commit(slot, null, 'theirs', writesOf({}), []);
    void proxy.dropReplies();
    const outcome = await opened.store.commit(
      slot,
      null,
      'mine',
      writesOf({ set: [['d', '1']] }),
      [],
    );
    expect(outcome).toEqual({ outcome: 'stale', current: 'theirs' });
    await other.store.close();
  });

  it('replaces a half-open connection and sends the commit again', async () => {
    const steps = new Steps(opened.store);
    await steps.take();
    proxy.stall();
    const stalled = steps.take();
    await until('the commit to wait', () => opened.told.some((line) => line.includes('waits')));
    proxy.heal();
    await stalled;
    expect(await steps.found()).toEqual(steps.expected());
  });

  it('rides out a network that refuses: commits wait, reads say so at once', async () => {
    const { store, told } = opened;
    const steps = new Steps(store);
    await steps.take();
    proxy.refuse();
    const waiting = steps.take();
    await until('the commit to wait', () => told.some((line) => line.includes('a commit waits')));
    // Timers of one process come in order, however slow the machine is: nothing of this waits for one.
    const asked = Promise.allSettled([
      store.read(steps.slot, []),
      store.pin('p', 'f', 'v'),
      store.check(),
      store.ping(),
    ]);
    const unavailable = { status: 'rejected', reason: expect.any(StoreUnavailable) as unknown };
    const said = expect.stringContaining('the store does not answer') as unknown;
    expect(await Promise.race([asked, wait(250, 'waited')])).toEqual([
      unavailable,
      unavailable,
      unavailable,
      { status: 'fulfilled', value: said },
    ]);
    proxy.heal();
    await waiting;
    await until('reads to come back', async () => (await store.ping()) === null);
    expect(await steps.found()).toEqual(steps.expected());
    expect(told.some((line) => line.includes('answers again'))).toBe(true);
  });

  it('loses and doubles nothing while connections break under load', async () => {
    const writers = Array.from({ length: 8 }, () => new Steps(opened.store));
    const taken = (): number => writers.reduce((sum, steps) => sum + steps.taken, 0);
    let done = false;
    const faults = (async () => {
      for (let fault = 0; !done; fault++) {
        if (fault % 3 === 0) proxy.reset();
        else await Promise.race([proxy.dropReplies(), until('the end', () => done)]);
        // By what was written, not by the clock: on a slow machine no connection would live long enough.
        const goal = taken() + 20 + (fault % 5) * 10;
        await until('more to be written', () => done || taken() >= goal);
      }
      return proxy.dropped;
    })();
    await Promise.all(
      writers.map(async (steps) => {
        while (steps.taken < 400) await steps.take();
      }),
    );
    done = true;
    expect(await faults).toBeGreaterThan(3);
    proxy.heal();
    await until('a connection', async () => (await opened.store.ping()) === null);
    for (const steps of writers) expect(await steps.found()).toEqual(steps.expected());
  });

  it('ends a commit that waits when it is closed, and says that its outcome is unknown', async () => {
    proxy.refuse();
    const waiting = opened.store.commit(freshSlot(), null, 'c', writesOf({}), []);
    const refused = expect(waiting).rejects.toThrow(/outcome is unknown/);
    await until('the commit to wait', () => opened.told.some((line) => line.includes('waits')));
    await opened.store.close();
    await refused;
  });

  it('tells listeners of a gap that nothing but silence shows', async () => {
    let gaps = 0;
    const stop = await opened.store.listen('channel', {
      message: () => undefined,
      resumed: () => {
        gaps += 1;
      },
    });
    proxy.stall();
    await until('the silence to be noticed', () =>
      opened.told.some((line) => line.includes('messages of the store are interrupted')),
    );
    proxy.heal();
    await until('messages again', () => gaps > 0);
    await stop();
  });
});
