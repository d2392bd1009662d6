import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '@refold/pipeline';
import { freshSlot, RedisServer, writesOf } from '@refold/test-kit';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import {
  describeWithOwnRedis,
  local,
  openStore,
  Steps,
  until,
  type Opened,
} from './redis-fixture.js';

describeWithOwnRedis('a Redis store whose server has a bad day', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const startServer = async (...options: Parameters<typeof RedisServer.start>) => {
    const server = await RedisServer.start(...options);
    ends.push(() => server.stop());
    return server;
  };
  const open = async (...args: Parameters<typeof openStore>): Promise<Opened> => {
    const opened = await openStore(...args);
    ends.push(() => opened.store.close());
    return opened;
  };
  const waits = (told: string[], why: string) => () =>
    told.some((line) => line.includes('a commit waits') && line.includes(why));

  it('goes on over kill -9 and restart; what was committed is there', async () => {
    const server = await startServer({ appendFsync: 'always' });
    const { store } = await open(local(server.port));
    const steps = new Steps(store);
    let done = false;
    const writing = (async () => {
      while (!done) await steps.take();
    })();
    for (let kill = 1; kill <= 3; kill++) {
      const before = steps.taken;
      await until('progress', () => steps.taken > before + 20);
      await server.kill();
      server.restart();
      await server.ready();
    }
    done = true;
    await writing;
    await until('reads', async () => (await store.ping()) === null);
    expect(await steps.found()).toEqual(steps.expected());
  });

  it('learns by a stale answer that everything is gone', async () => {
    const server = await startServer();
    const { store } = await open(local(server.port));
    const slot = freshSlot();
    await store.commit(slot, null, 'c1', writesOf({ set: [['d', '1']] }), []);
    await server.command('flushall');
    expect(await store.commit(slot, 'c1', 'c2', writesOf({}), [])).toEqual({
      outcome: 'stale',
      current: null,
    });
    expect((await store.commit(slot, null, 'c1', writesOf({}), [])).outcome).toBe('committed');
  });

  it('an older copy answers with its own checkpoint', async () => {
    const server = await startServer();
    const { store } = await open(local(server.port));
    const slot = freshSlot();
    await store.commit(slot, null, 'c1', writesOf({}), []);
    await store.commit(slot, 'c1', 'c2', writesOf({}), []);
    const [key = ''] = (await server.command('keys', '*checkpoint')).split('\n');
    await server.command('set', key, 'c1');
    expect(await store.commit(slot, 'c2', 'c3', writesOf({}), [])).toEqual({
      outcome: 'stale',
      current: 'c1',
    });
  });

  it('brings its scripts back when the server forgot them', async () => {
    const server = await startServer();
    const { store } = await open(local(server.port));
    const steps = new Steps(store);
    for (let round = 0; round < 3; round++) {
      await steps.take();
      await server.command('script', 'flush');
    }
    expect(await steps.found()).toEqual(steps.expected());
  });

  it('is opened while the server is away, and comes to life with it', async () => {
    const server = await startServer();
    await server.kill();
    const { store, told } = await open(local(server.port));
    expect(await store.ping()).toContain('ECONNREFUSED');
    await expect(store.read(freshSlot(), [])).rejects.toThrow(StoreUnavailable);
    const heard: string[] = [];
    let gaps = 0;
    await store.listen('early', {
      message: (message) => heard.push(message),
      resumed: () => {
        gaps += 1;
      },
    });
    const steps = new Steps(store);
    const first = steps.take();
    await until('the commit to wait', waits(told, 'ECONNREFUSED'));
    server.restart();
    await first;
    await until('the listener to be told', () => gaps > 0);
    await store.commit(freshSlot(), null, 'c', writesOf({}), [{ channel: 'early', message: '1' }]);
    await until('the message', () => heard.length > 0);
  });

  it('listens again after a restart', async () => {
    const server = await startServer();
    const { store } = await open(local(server.port));
    const heard: string[] = [];
    let gaps = 0;
    const listener = {
      message: (message: string) => heard.push(message),
      resumed: () => {
        gaps += 1;
      },
    };
    for (const channel of ['a', 'b']) await store.listen(channel, listener);
    await server.kill();
    server.restart();
    await until('both channels', () => gaps === 2);
    const notices = ['a', 'b'].map((channel) => ({ channel, message: channel }));
    await store.commit(freshSlot(), null, 'c', writesOf({}), notices);
    await until('both messages', () => heard.length === 2);
    expect(heard).toEqual(['a', 'b']);
  });

  it('neither reads from nor writes to a replica', async () => {
    const master = await startServer();
    const { store, told } = await open(local(master.port));
    const steps = new Steps(store);
    await steps.take();
    const other = await startServer();
    await other.command('config', 'set', 'repl-diskless-sync-delay', '0');
    await master.command('replicaof', '127.0.0.1', String(other.port));
    const second = steps.take();
    await until('the commit to wait', waits(told, 'READONLY'));
    await until('reads to be refused', async () => (await store.ping()) !== null);
    await expect(store.read(steps.slot, [])).rejects.toThrow(StoreUnavailable);
    await master.command('replicaof', 'no', 'one');
    // What it had was replaced by the copy of an empty master.
    await expect(second).rejects.toThrow('"current":null');
  });

  it('notices by itself that its master became a replica', async () => {
    const [server, other] = [await startServer(), await startServer()];
    const { store, told } = await open(local(server.port));
    await server.command('replicaof', '127.0.0.1', String(other.port));
    await until('reads to be refused', async () => (await store.ping()) !== null);
    await expect(store.read(freshSlot(), [])).rejects.toThrow(/connected to a slave/);
    expect(told.some((line) => line.includes('not to the master'))).toBe(true);
    await server.command('replicaof', 'no', 'one');
    await until('reads again', async () => (await store.ping()) === null);
  });

  it('waits while the server is full, and tears nothing', async () => {
    const server = await startServer();
    const { store, told } = await open(local(server.port));
    const steps = new Steps(store);
    await steps.take();
    await server.command('config', 'set', 'maxmemory', '1');
    const second = steps.take();
    await until('the commit to wait', waits(told, 'OOM'));
    expect(await steps.found()).toEqual(steps.expected());
    await server.command('config', 'set', 'maxmemory', '0');
    await second;
    expect(await steps.found()).toEqual(steps.expected());
  });

  it('waits while replicas are missing that the server insists on', async () => {
    const server = await startServer();
    const { store, told } = await open(local(server.port));
    await server.command('config', 'set', 'min-replicas-to-write', '1');
    const steps = new Steps(store);
    const first = steps.take();
    await until('the commit to wait', waits(told, 'NOREPLICAS'));
    await server.command('config', 'set', 'min-replicas-to-write', '0');
    await first;
  });

  it('a script that fails half-way is no passing trouble', async () => {
    const server = await startServer();
    const { store } = await open(local(server.port));
    const slot = freshSlot();
    await store.commit(slot, null, 'c1', writesOf({ set: [['a', '1']] }), []);
    const misuse = store.commit(slot, 'c1', 'c2', writesOf({ push: [['a', '1']] }), []);
    await expect(misuse).rejects.toThrow(/WRONGTYPE.*user_script/);
    expect((await store.read(slot, [])).checkpoint).toBe('c1');
  });

  it('a server that stands still is noticed within a second', async () => {
    const server = await startServer();
    const { store } = await open(local(server.port), { commandTimeoutMs: 5_000 });
    server.freeze();
    // Timers of one process come in order, however slow the machine is.
    const late = wait(1_250, 'not noticed');
    expect(await Promise.race([store.ping(), late])).toContain('has not answered');
    server.thaw();
    await until('it to answer', async () => (await store.ping()) === null);
  });

  it('a busy server is waited for', async () => {
    const server = await startServer({ settings: { 'busy-reply-threshold': '20' } });
    const { store, told } = await open(local(server.port), { commandTimeoutMs: 5_000 });
    const steps = new Steps(store);
    await steps.take();
    const admin = new Redis(server.port, '127.0.0.1');
    const loop = admin.eval('while true do end', 0).catch(() => undefined);
    await until('the server to be busy', () =>
      server.command('ping').then(
        () => false,
        () => true,
      ),
    );
    const second = steps.take();
    await until('the commit to wait', waits(told, 'BUSY'));
    await server.command('script', 'kill');
    await second;
    await loop;
    admin.disconnect();
    expect(await steps.found()).toEqual(steps.expected());
  });

  it('finds settings that lose data', async () => {
    const server = await startServer({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    const { store } = await open(local(server.port));
    expect(await store.check()).toEqual([
      expect.stringMatching(/maxmemory-policy is allkeys-lru; set noeviction/),
    ]);
    await server.command('config', 'set', 'maxmemory-policy', 'noeviction');
    expect(await store.check()).toEqual([]);
    await server.command('acl', 'setuser', 'default', '-info');
    expect(await store.check()).toEqual([expect.stringMatching(/grant \+info/)]);
  });

  it('says that it is not let in, and is let in once it is', async () => {
    const server = await startServer();
    await server.command('acl', 'setuser', 'refold', 'on', '>secret', '~*', '&*', '+@all');
    const login = { username: 'refold', password: 'other' };
    const { store, told } = await open(local(server.port), login);
    expect(await store.ping()).toContain('WRONGPASS');
    const committing = store.commit(freshSlot(), null, 'c', writesOf({}), []);
    await until('the commit to wait', waits(told, 'WRONGPASS'));
    await server.command('acl', 'setuser', 'refold', '>other');
    expect(await committing).toEqual({ outcome: 'committed' });
  });

  it('tells a listener whose channel is forbidden', async () => {
    const server = await startServer();
    await server.command('acl', 'setuser', 'refold', 'on', '>x', '~*', '&refold:a', '+@all');
    const { store } = await open(local(server.port), { username: 'refold', password: 'x' });
    const listener = { message: () => undefined, resumed: () => undefined };
    await store.listen('a', listener);
    await expect(store.listen('b', listener)).rejects.toThrow(/NOPERM/);
    await store.listen('a', listener);
  });

  it('refuses a namespace that would take the hash tag over', async () => {
    await expect(openStore(local(1), { namespace: 'a{b}' })).rejects.toThrow(/namespace: expected/);
  });

  it('keeps namespaces apart, messages too', async () => {
    const server = await startServer();
    const [one, two] = [
      await open(local(server.port), { namespace: 'one' }),
      await open(local(server.port), { namespace: 'two' }),
    ];
    const slot = freshSlot();
    const heard: string[] = [];
    const listener = { message: (m: string) => heard.push(m), resumed: () => undefined };
    await two.store.listen('c', listener);
    await one.store.commit(slot, null, 'c1', writesOf({}), [{ channel: 'c', message: 'one' }]);
    await one.store.pin(slot.projection, 'partitions', '1');
    expect((await two.store.read(slot, [])).checkpoint).toBeNull();
    expect(await two.store.pin(slot.projection, 'partitions', '2')).toBe('2');
    await two.store.commit(slot, null, 'c1', writesOf({}), [{ channel: 'c', message: 'two' }]);
    await until('a message', () => heard.length > 0);
    expect(heard).toEqual(['two']);
  });
});
