import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openEmbedded } from '@refold/embedded';
import type { EventLog, ViewStore } from '@refold/pipeline';
import { openRedisStore } from '@refold/redis';
import {
  createMemoryEventLog,
  createMemoryViewStore,
  describeWithRedis,
  type MemoryViewStore,
  type SlotDump,
  foldLog,
} from '@refold/test-kit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fixture,
  FIXTURE_PARTITIONS,
  FIXTURE_PROJECTIONS,
  FIXTURE_TIME,
  fixtureLog,
  fixturePath,
  readLike,
  seenIn,
  storeOf,
  type FixtureRecord,
} from './format-fixtures.js';

/** The version whose formats this build writes: a new folder of fixtures begins with a new format. */
const CURRENT = 'v0.4';
const RELEASED = [...new Set([...readdirSync(fixturePath('', '')), CURRENT])];
const clock = (): number => FIXTURE_TIME;
const NAMESPACE = 'fixture';

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'refold-formats-'));
});
afterAll(() => rmSync(work, { recursive: true }));

const specs = FIXTURE_PROJECTIONS.map(({ topic }) => ({
  name: topic,
  partitions: FIXTURE_PARTITIONS,
}));

async function logOf(records: readonly FixtureRecord[]): Promise<EventLog> {
  const log = createMemoryEventLog({ clock });
  await log.ensureTopics(specs);
  for (const { topic, partition, key, value } of records) {
    log.appendForeign(topic, partition, { key, value });
  }
  return log;
}

const toLines = (records: readonly FixtureRecord[]): Buffer =>
  Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));

const recordsIn = async (version: string): Promise<FixtureRecord[]> => {
  const lines = await fixture(version, 'log.ndjson', async () => toLines(fixtureLog()));
  const texts = lines.toString().split('\n').filter(Boolean);
  return texts.map((line) => JSON.parse(line) as FixtureRecord);
};

/** What the slots of all projections hold after a log. */
const viewsOf = async (records: readonly FixtureRecord[]): Promise<Record<string, SlotDump>> =>
  dumpsOf(await foldedStore(records));

async function foldedStore(records: readonly FixtureRecord[]): Promise<MemoryViewStore> {
  const log = await logOf(records);
  const store = createMemoryViewStore();
  for (const projection of FIXTURE_PROJECTIONS) await foldLog(log, store, projection);
  return store;
}

function dumpsOf(store: MemoryViewStore): Record<string, SlotDump> {
  const dumps: Record<string, SlotDump> = {};
  for (const projection of FIXTURE_PROJECTIONS) {
    for (let partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
      const slot = { projection: projection.name, generation: 1, partition };
      dumps[`${projection.name}/${partition}`] = store.dump(slot);
    }
  }
  return dumps;
}

const viewsIn = async (version: string): Promise<Record<string, SlotDump>> => {
  const make = async () =>
    Buffer.from(`${JSON.stringify(await viewsOf(await recordsIn(version)), null, 1)}\n`);
  const text = (await fixture(version, 'views.json', make)).toString();
  return JSON.parse(text) as Record<string, SlotDump>;
};

async function expectViews(store: ViewStore, version: string): Promise<void> {
  const wanted = await viewsIn(version);
  for (const projection of FIXTURE_PROJECTIONS) {
    for (let partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
      const dump = wanted[`${projection.name}/${partition}`]!;
      expect(await readLike(store, projection, partition, dump)).toEqual(dump);
    }
  }
}

/** The log goes on by one event of a run that is there, and the fold takes it up where it stood. */
async function expectToGoOn(log: EventLog, store: ViewStore, version: string): Promise<void> {
  const [first] = await recordsIn(version);
  const { topic, partition, key, value } = first!;
  const id = `"id":"new"`;
  const next = { topic, partition, key, value: value.replace('"id":"e-0"', id) };
  const lane = await log.openLane(await log.laneOf(topic, partition));
  await lane.send([next, { ...next, value: next.value.replace(id, '"id":"newer"') }]);
  await lane.close();
  for (const projection of FIXTURE_PROJECTIONS) await foldLog(log, store, projection);
  const { end } = await log.range(topic, partition);
  const slot = { projection: 'runs', generation: 1, partition };
  const { checkpoint } = await store.read(slot, []);
  expect(checkpoint?.split('|')[1]).toBe(String(end));
}

describe.each(RELEASED)('what %s left behind', (version) => {
  it('folds from its log to what readers saw then', async () => {
    const dumps = await viewsIn(version);
    const then = await storeOf(dumps);
    const now = await foldedStore(await recordsIn(version));
    expect(await seenIn(now, dumps)).toEqual(await seenIn(then, dumps));
  });

  it('opens as an embedded folder, and goes on', async () => {
    const make = async () => {
      const folder = join(work, 'made');
      const embedded = await openEmbedded({ folder, clock });
      const { log, store } = embedded;
      await log.ensureTopics(specs);
      const lane = await log.openLane('embedded');
      await lane.send(await recordsIn(version));
      for (const projection of FIXTURE_PROJECTIONS) await foldLog(log, store, projection);
      await embedded.close();
      return gzipSync(readFileSync(join(folder, 'data.mdb')), { level: 9 });
    };
    const packed = await fixture(version, 'folder.mdb.gz', make);
    const folder = mkdtempSync(join(work, 'open-'));
    writeFileSync(join(folder, 'data.mdb'), gunzipSync(packed));
    const embedded = await openEmbedded({ folder, clock });
    const { log, store } = embedded;
    await expectViews(store, version);
    for (const { topic, partition, key, value } of await recordsIn(version)) {
      const { records } = await log.read(topic, partition, 0);
      expect(records).toContainEqual(
        expect.objectContaining({ key, value, timestamp: FIXTURE_TIME }),
      );
    }
    await expectToGoOn(log, store, version);
    await embedded.close();
  });
});

describeWithRedis('what a release left in Redis', (redis) => {
  it.each(RELEASED)('of %s opens, and goes on', async (version) => {
    const client = new Redis(redis().url);
    const options = { url: redis().url, namespace: NAMESPACE, logger: () => undefined };
    const keysOf = async () => (await client.keys(`*${NAMESPACE}*`)).sort();
    const make = async () => {
      const store = await openRedisStore(options);
      const log = await logOf(await recordsIn(version));
      for (const projection of FIXTURE_PROJECTIONS) await foldLog(log, store, projection);
      await store.close();
      const dumps = (await keysOf()).map(async (key) => {
        const bytes = await client.dumpBuffer(key);
        return `${JSON.stringify({ key, dump: bytes.toString('base64') })}\n`;
      });
      const text = (await Promise.all(dumps)).join('');
      for (const key of await keysOf()) await client.del(key);
      return Buffer.from(text);
    };
    const lines = (await fixture(version, 'redis.ndjson', make))
      .toString()
      .split('\n')
      .filter(Boolean);
    for (const line of lines) {
      const { key, dump } = JSON.parse(line) as { key: string; dump: string };
      await client.restore(key, 0, Buffer.from(dump, 'base64'));
    }
    const store = await openRedisStore(options);
    await expectViews(store, version);
    await expectToGoOn(await logOf(await recordsIn(version)), store, version);
    await store.close();
    for (const key of await keysOf()) await client.del(key);
    await client.quit();
  });
});

describe(`the formats of ${CURRENT}`, () => {
  // A change here is a new format: give it a version (docs/formats.md) and a folder of fixtures of its own.
  it('are what this build writes, byte by byte', async () => {
    expect(toLines(fixtureLog()).equals(readFileSync(fixturePath(CURRENT, 'log.ndjson')))).toBe(
      true,
    );
    expect(await viewsOf(fixtureLog())).toEqual(await viewsIn(CURRENT));
  });

  it('are seen to change with one character', async () => {
    const [first, ...rest] = fixtureLog();
    const changed = [{ ...first!, value: first!.value.replace('"first"', '"First"') }, ...rest];
    expect(await viewsOf(changed)).not.toEqual(await viewsIn(CURRENT));
  });
});
