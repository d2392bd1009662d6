import { slotTag, type ViewStore } from '@refold/pipeline';
import { freshSlot, RedisCluster, writesOf, type RedisServer } from '@refold/test-kit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithOwnRedis, openStore, Steps, until, type Opened } from './redis-fixture.js';

describeWithOwnRedis('a Redis store on a cluster', () => {
  let cluster: RedisCluster;
  let opened: Opened;
  let store: ViewStore;

  beforeAll(async () => {
    cluster = await RedisCluster.start();
  });
  afterAll(() => cluster.stop());
  beforeEach(async () => {
    const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    opened = await openStore({ nodes }, { commandTimeoutMs: 1_000 });
    store = opened.store;
  });
  afterEach(() => store.close());

  const keyOf = (steps: Steps, name: string) => `refold:${slotTag(steps.slot)}:${name}`;
  const migrate = async (steps: Steps) =>
    cluster.startMigration(await cluster.slotOf(keyOf(steps, 'checkpoint')));
  const migrationDone = async (owner: RedisServer, slot: number) =>
    until('the new owner', async () => (await cluster.ownerOf(slot)) === owner);

  it('has no fault, and each server knows that it must not stand alone', async () => {
    expect(await store.check()).toEqual([]);
    const [node] = cluster.nodes;
    const alone = await openStore({ url: node?.url ?? '' });
    expect(await alone.store.check()).toEqual([expect.stringMatching(/part of a cluster/)]);
    await alone.store.close();
  });

  it('a commit with a new key waits while its slot is on the way, and nothing is torn', async () => {
    const steps = new Steps(store);
    await steps.take();
    const migration = await migrate(steps);
    const next = 'step 2';
    const writes = writesOf({
      set: [['new', next]],
      push: [['steps', next]],
      count: [['steps', 1]],
    });
    const committing = store.commit(steps.slot, 'step 1', next, writes, []);
    await until('the commit to wait', () =>
      opened.told.some((line) => line.includes('a commit waits') && line.includes('redirections')),
    );
    const half = await migration.from.command('lrange', keyOf(steps, 'steps'), '0', '-1');
    expect(half).toBe('step 1');
    expect(await migration.from.command('get', keyOf(steps, 'checkpoint'))).toBe('step 1');
    await migration.finish();
    expect(await committing).toEqual({ outcome: 'committed' });
    await migrationDone(migration.to, migration.slot);
    steps.taken = 2;
    expect(await steps.found()).toEqual(steps.expected());
  });

  it('which a script with undeclared keys does not survive', async () => {
    const steps = new Steps(store);
    await steps.take();
    const migration = await migrate(steps);
    const script = `#!lua
      redis.call('RPUSH', '${keyOf(steps, 'steps')}', 'torn')
      redis.call('SET', '${keyOf(steps, 'new')}', 'torn')
      redis.call('SET', KEYS[1], 'step 2')`;
    const torn = migration.from.command('eval', script, '1', keyOf(steps, 'checkpoint'));
    await expect(torn).rejects.toThrow(/non local key/);
    const list = await migration.from.command('lrange', keyOf(steps, 'steps'), '0', '-1');
    expect(list.split('\n')).toEqual(['step 1', 'torn']);
    expect(await migration.from.command('get', keyOf(steps, 'checkpoint'))).toBe('step 1');
    await migration.finish();
  });

  it('loses and doubles nothing while slots move under load', async () => {
    const writers = Array.from({ length: 6 }, () => new Steps(store));
    let done = false;
    const writing = writers.map(async (steps) => {
      while (!done) {
        await steps.take();
        const fresh = writesOf({ set: [[`d:${steps.taken}`, 'x']] });
        const other = { ...steps.slot, partition: 1 };
        await store.commit(other, null, 'once', fresh, []);
      }
    });
    for (const steps of writers) {
      const before = steps.taken;
      const migration = await migrate(steps);
      await migration.finish();
      await until('progress', () => steps.taken > before + 5);
    }
    done = true;
    await Promise.all(writing);
    for (const steps of writers) expect(await steps.found()).toEqual(steps.expected());
  });

  it('goes on when a master was killed and came back; what it lost is told', async () => {
    const writers = Array.from({ length: 6 }, () => new Steps(store));
    for (const steps of writers) await steps.take();
    const [first = new Steps(store)] = writers;
    const victim = await cluster.ownerOf(await cluster.slotOf(keyOf(first, 'checkpoint')));
    await victim.kill();
    const outcomes = writers.map((steps) =>
      steps.take().then(
        () => 'committed',
        (error: unknown) => (error as Error).message,
      ),
    );
    await until('a commit to wait', () => opened.told.some((line) => line.includes('waits')));
    victim.restart();
    await victim.ready();
    for (const outcome of await Promise.all(outcomes)) {
      expect(['committed', 'step 2: {"outcome":"stale","current":null}']).toContain(outcome);
    }
    await until('reads', async () => (await store.ping()) === null);
    const slot = freshSlot();
    expect((await store.commit(slot, null, 'c', writesOf({}), [])).outcome).toBe('committed');
  });

  it('hears of commits on every node, also after the node it listened at was killed', async () => {
    const heard = new Set<string>();
    let gaps = 0;
    await store.listen('cluster-wide', {
      message: (message) => heard.add(message),
      resumed: () => {
        gaps += 1;
      },
    });
    const sendEverywhere = async (round: number) => {
      const slots = Array.from({ length: 12 }, freshSlot);
      const sent = slots.map(({ projection }) => `${round} ${projection}`);
      for (const [at, slot] of slots.entries()) {
        const notice = { channel: 'cluster-wide', message: sent[at] ?? '' };
        await store.commit(slot, null, 'c', writesOf({}), [notice]);
      }
      await until('all messages', () => sent.every((message) => heard.has(message)));
    };
    await sendEverywhere(1);
    for (const node of cluster.nodes) {
      const list = await node.command('pubsub', 'numsub', 'refold:cluster-wide');
      if (!list.endsWith('1')) continue;
      await node.kill();
      node.restart();
      await node.ready();
      break;
    }
    await until('the listener to be told', () => gaps > 0);
    await sendEverywhere(2);
  });
});
