/**
 * What stands in a slot that has carried streams over, and in an embedded folder whose log was cut: formats of their own,
 * which older builds refuse. Every build must open them, find what was there, and go on.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { encodeEnvelope } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { openEmbedded } from '@refold/embedded';
import {
  PartitionProjector,
  carriedInto,
  createGeneration,
  decodeCheckpoint,
  slotOf,
} from '@refold/pipeline';
import type { EventLog, Projection, ProjectorPorts, ViewStore } from '@refold/pipeline';
import { openRedisStore } from '@refold/redis';
import {
  createMemoryEventLog,
  createMemoryViewStore,
  describeWithRedis,
  foldLog,
  type SlotDump,
} from '@refold/test-kit';
import { Redis } from 'ioredis';
import { expect, it, vi } from 'vitest';
import { FIXTURE_TIME, fixture, readLike } from './format-fixtures.js';

const VERSION = 'v0.4';
const NAMESPACE = 'carried';
const TOPIC = 'refold.runs';
const START = 2;

const projection = (generation: number): Projection => ({
  ...{ name: 'runs', topic: TOPIC, kinds: ['run'], partitions: 1, generation },
});
const SECOND = projection(2);

const clock = (): number => FIXTURE_TIME;

const recordOf = (run: string, type: string, id: string) => ({
  ...{ topic: TOPIC, partition: 0, key: run },
  value: encodeEnvelope({ id, source: 'urn:fixture', type, subject: `run/${run}`, data: null }),
});

/** Its first two are cut off; a refusal stands before and one behind the cut. */
const RECORDS = [
  recordOf('a', 'run.started', 'e-0'),
  recordOf('never', 'run.delta', 'e-1'),
  recordOf('a', 'run.delta', 'e-2'),
  recordOf('b', 'run.started', 'e-3'),
  recordOf('a', 'run.started', 'e-4'),
];

async function send(log: EventLog, records: typeof RECORDS): Promise<void> {
  const lane = await log.openLane(await log.laneOf(TOPIC, 0));
  await lane.send(records);
  await lane.close();
}

async function filled(log: EventLog): Promise<EventLog> {
  await log.ensureTopics([{ name: TOPIC, partitions: 1 }]);
  await send(log, RECORDS);
  return log;
}

const memoryLog = (): Promise<EventLog> => filled(createMemoryEventLog({ clock }));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Folds both generations to the end of the log. */
async function fold(log: EventLog, store: ViewStore): Promise<void> {
  let commits = 0;
  const ports: ProjectorPorts = {
    ...{ log, store, rulebook: RULEBOOK, committed: () => undefined, trouble: () => undefined },
    timing: { now: () => 0, sleep: turn, tick: turn, after: () => () => undefined },
    commitId: () => `fixture-${commits++}`,
    mirror: async (letters) => letters.map(() => ({ kind: 'mirrored' })),
  };
  const owner = new PartitionProjector(ports, projection(1), 0);
  const { end } = await log.range(TOPIC, 0);
  for (let at = await owner.position(); at < end;) {
    at = await owner.handle(await log.read(TOPIC, 0, at));
  }
  await vi.waitFor(
    async () => {
      await owner.handle(await log.read(TOPIC, 0, end));
      const { checkpoint } = await store.read(slotOf(SECOND, 0), []);
      expect(decodeCheckpoint(checkpoint ?? '')).toMatchObject({ next: end, format: 4 });
      expect(await carriedInto(store, slotOf(SECOND, 0))).toMatchObject({ isOver: true });
    },
    { timeout: 20_000, interval: 5 },
  );
  owner.revoke();
}

/** The log loses its head, and a second generation carries over what began there. */
async function carryOver(log: EventLog, store: ViewStore): Promise<void> {
  let commits = 0;
  const ports = { store, commitId: () => `pointer-${commits++}` };
  await foldLog(log, store, projection(1));
  await log.truncate(TOPIC, 0, START);
  await createGeneration(ports, projection(1), { operation: 'build', views: 'run@1', share: 1 });
  await fold(log, store);
}

/** A slot but for what depends on how many commits there were. */
function plain({ checkpoint, ...dump }: SlotDump) {
  return { ...dump, checkpoint: checkpoint?.split('|').slice(0, -1).join('|') };
}

async function carriedSlot(): Promise<SlotDump> {
  const store = createMemoryViewStore();
  await carryOver(await memoryLog(), store);
  return store.dump(slotOf(SECOND, 0));
}

const stored = async (): Promise<SlotDump> => {
  const make = async () => Buffer.from(`${JSON.stringify(await carriedSlot(), null, 1)}\n`);
  return JSON.parse((await fixture(VERSION, 'carried.json', make)).toString()) as SlotDump;
};

async function expectToOpenAndGoOn(log: EventLog, store: ViewStore): Promise<void> {
  const dump = await stored();
  expect(plain(await readLike(store, SECOND, 0, dump))).toEqual(plain(dump));
  await send(log, [recordOf('a', 'run.delta', 'new'), recordOf('b', 'run.delta', 'newer')]);
  await fold(log, store);
  const names = ['d:run/a', 'd:run/b'];
  const { results } = await store.read(
    slotOf(SECOND, 0),
    names.map((name) => ({ kind: 'get' as const, name })),
  );
  const [a, b] = results.map((text) => JSON.parse(text ?? '{}') as { n: number; c?: string });
  expect([a?.n, a?.c, b?.n, b?.c]).toEqual([6, 'run@1', 7, undefined]);
}

it('a slot that has carried over is what this build writes', async () => {
  expect(plain(await carriedSlot())).toEqual(plain(await stored()));
});

it('an embedded folder whose log was cut, with such a slot, opens and goes on', async () => {
  const work = mkdtempSync(join(tmpdir(), 'refold-carried-'));
  const make = async () => {
    const folder = join(work, 'made');
    const made = await openEmbedded({ folder, clock });
    await carryOver(await filled(made.log), made.store);
    await made.close();
    return gzipSync(readFileSync(join(folder, 'data.mdb')), { level: 9 });
  };
  const packed = await fixture(VERSION, 'cut-folder.mdb.gz', make);
  const folder = mkdtempSync(join(work, 'open-'));
  writeFileSync(join(folder, 'data.mdb'), gunzipSync(packed));
  const embedded = await openEmbedded({ folder, clock });
  const { log, store } = embedded;
  expect(await log.range(TOPIC, 0)).toEqual({ start: START, end: RECORDS.length });
  await expectToOpenAndGoOn(log, store);
  await embedded.close();
  rmSync(work, { recursive: true });
});

describeWithRedis('a slot that has carried over in Redis', (redis) => {
  it('opens and goes on', async () => {
    const client = new Redis(redis().url);
    const options = { url: redis().url, namespace: NAMESPACE, logger: () => undefined };
    const keysOf = async () => (await client.keys(`*${NAMESPACE}*`)).sort();
    const make = async () => {
      const made = await openRedisStore(options);
      await carryOver(await memoryLog(), made);
      await made.close();
      const dumps = (await keysOf()).map(async (key) => {
        const dump = (await client.dumpBuffer(key)).toString('base64');
        return `${JSON.stringify({ key, dump })}\n`;
      });
      const text = (await Promise.all(dumps)).join('');
      for (const key of await keysOf()) await client.del(key);
      return Buffer.from(text);
    };
    const lines = (await fixture(VERSION, 'carried-redis.ndjson', make)).toString().split('\n');
    for (const line of lines.filter(Boolean)) {
      const { key, dump } = JSON.parse(line) as { key: string; dump: string };
      await client.restore(key, 0, Buffer.from(dump, 'base64'));
    }
    const store = await openRedisStore(options);
    const log = await memoryLog();
    await log.truncate(TOPIC, 0, START);
    await expectToOpenAndGoOn(log, store);
    await store.close();
    for (const key of await keysOf()) await client.del(key);
    await client.quit();
  });
});
