import { randomUUID } from 'node:crypto';
import { freshSlot, missingBackendFails, RedisServer, SmallDisk, writesOf } from '@refold/test-kit';
import { afterEach, expect, it } from 'vitest';
import { describeWithOwnRedis, local, openStore, until, type Opened } from './redis-fixture.js';

const slot = freshSlot();
const LOOKS = [
  { kind: 'list', name: 'steps' },
  { kind: 'field', name: 'counters', field: 'steps' },
] as const;

describeWithOwnRedis('the append-only file of a Redis store', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const start = async (): Promise<RedisServer> => {
    const server = await RedisServer.start({ appendFsync: 'always' });
    ends.push(() => server.stop());
    return server;
  };
  const open = async (...args: Parameters<typeof openStore>): Promise<Opened> => {
    const opened = await openStore(...args);
    ends.push(() => opened.store.close());
    return opened;
  };
  const commit = ({ store }: Opened, expected: string | null, next: string) => {
    const writes = writesOf({ push: [['steps', next]], count: [['steps', 1]] });
    return store.commit(slot, expected, next, writes, []);
  };
  const startedAgain = async (server: RedisServer): Promise<void> => {
    server.restart();
    await server.ready();
  };
  const rewritten = (server: RedisServer) => async (): Promise<boolean> => {
    const told = await server.command('INFO', 'persistence');
    return /aof_rewrites:[1-9]/.test(told) && told.includes('aof_rewrite_in_progress:0');
  };

  const begun = async (server: RedisServer): Promise<number> =>
    Number(/aof_rewrites:(\d+)/.exec(await server.command('INFO', 'persistence'))?.[1]);

  /** Two commits, of which the second is cut within its last line, and made again. */
  async function halve(server: RedisServer, opened: Opened, ready: () => Promise<void>) {
    await commit(opened, null, 'c1');
    await ready();
    await commit(opened, 'c1', 'c2');
    await server.kill();
    await server.cutLog(5);
    await startedAgain(server);
    expect(await commit(opened, 'c1', 'c2 again')).toEqual({ outcome: 'committed' });
    await ready();
    await server.kill();
    await startedAgain(server);
  }

  it('is written anew after a start, because a power cut may have left half a commit in it', async () => {
    const server = await start();
    const opened = await open(local(server.port));
    await halve(server, opened, () => until('the file is new', rewritten(server)));
    await until('a connection', async () => (await opened.store.ping()) === null);
    const { checkpoint, results } = await opened.store.read(slot, LOOKS);
    expect([checkpoint, ...results]).toEqual(['c2 again', ['c1', 'c2 again'], '2']);
  });

  it('is written anew after a full disk, because a write that was cut short may have spoiled it', async () => {
    const disk = await SmallDisk.mount(64 * 1_024 * 1_024);
    if (disk === null) {
      if (missingBackendFails()) throw new Error('a full disk needs the right to mount a tmpfs');
      console.warn('skipped: a full disk needs the right to mount a tmpfs');
      return;
    }
    ends.push(() => disk.unmount());
    const server = await RedisServer.start({ appendFsync: 'everysec', parent: disk.folder });
    ends.push(() => server.stop());
    const opened = await open(local(server.port));
    await commit(opened, null, 'c1');
    await until('the file is new', rewritten(server));
    await commit(opened, 'c1', 'c2');
    await disk.fill();
    let last = 'c2';
    let isFull = false;
    const writing = (async () => {
      while (!isFull) await commit(opened, last, (last = `${last.slice(0, 2)} ${randomUUID()}`));
    })();
    await until('a commit waits', () => opened.told.some((line) => line.includes('MISCONF')));
    isFull = true;
    const before = await begun(server);
    await disk.free();
    await writing;
    await until('another new file', async () => (await begun(server)) > before);
    await until('it is whole', rewritten(server));
    await server.kill();
    await startedAgain(server);
    await until('a connection', async () => (await opened.store.ping()) === null);
    expect((await opened.store.read(slot, LOOKS)).checkpoint).toBe(last);
  });

  it('and half a commit is applied later where that is forbidden; the operator is told', async () => {
    const server = await start();
    await server.command('ACL', 'SETUSER', 'default', '-bgrewriteaof');
    const opened = await open(local(server.port));
    await until('the warning', () => opened.told.some((line) => line.includes('+bgrewriteaof')));
    const forbidAgain = () => server.command('ACL', 'SETUSER', 'default', '-bgrewriteaof');
    await halve(server, opened, () => forbidAgain().then(() => undefined));
    await until('a connection', async () => (await opened.store.ping()) === null);
    const { checkpoint, results } = await opened.store.read(slot, LOOKS);
    // Later servers may cut the file where they should.
    const isRedis7 = (await server.command('INFO', 'server')).includes('redis_version:7.');
    const found = isRedis7 ? [['c1', 'c2', 'c2 again'], '3'] : [['c1', 'c2 again'], '2'];
    expect([checkpoint, ...results]).toEqual(['c2 again', ...found]);
  });
});
