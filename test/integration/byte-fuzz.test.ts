/**
 * Random bytes end nothing and lose nothing: not in the files of the embedded folder, and not as records.
 * A damaged folder opens and everything is there, now and after more was written, or it is refused with
 * an error that names it and what to do. A bad record is one dead letter with its reason.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbedded } from '@refold/embedded';
import type { EventLog, Projection, ViewStore } from '@refold/pipeline';
import {
  createMemoryEventLog,
  createMemoryViewStore,
  describeWithKafka,
  proofSize,
  randomOf,
  reportProof,
  type Random,
  foldLog,
} from '@refold/test-kit';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damaged } from './folder-damage.js';
import { openTestLog } from './kafka-support.js';
import {
  compareWithModel,
  disagreement,
  READ_BYTES,
  fuzzRecords,
  isNewer,
  textsOf,
  type FuzzRecord,
} from './record-fuzz.js';

const ROUNDS = proofSize({ short: 200, full: 20_000 });
const FOLDERS_PER_CHILD = 50;
const SEED = 1;
const CHILD = fileURLToPath(new URL('folder-fuzz-child.mjs', import.meta.url));

interface Line {
  folder?: string;
  refused?: string;
  message?: string;
  ends?: number[];
  digests?: string[];
}

interface Ended {
  lines: Line[];
  /** How it ended, where that was not well. */
  trouble: string | null;
}

const runChild = (args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { timeout: 300_000, maxBuffer: 64 * 1_048_576 };
    execFile(process.execPath, [CHILD, ...args], options, (error, stdout) => {
      const lines = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line);
      resolve({ lines, trouble: error === null ? null : (error.signal ?? error.message) });
    });
  });

let work: string;
let whole: Buffer;
let sound: Line;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'refold-folder-fuzz-'));
  const folder = join(work, 'sound');
  expect((await runChild(['fill', folder])).trouble).toBeNull();
  whole = readFileSync(join(folder, 'data.mdb'));
  const { lines } = await runChild(['try', folder]);
  sound = lines[1] ?? {};
  expect(sound.ends?.every((end) => end > 50)).toBe(true);
  expect(new Set(sound.digests).size).toBe(1);
});

afterAll(() => rmSync(work, { recursive: true }));

function plant(n: number, random: Random): { folder: string; name: string } {
  const folder = join(work, String(n));
  mkdirSync(folder);
  const { name, bytes } = damaged(whole, random);
  writeFileSync(join(folder, 'data.mdb'), bytes);
  const noise = Buffer.from(Array.from({ length: random.int(0, 9_000) }, () => random.int(0, 255)));
  if (random.chance(0.5)) writeFileSync(join(folder, 'lock.mdb'), noise);
  return { folder, name };
}

/** What is wrong with the outcome of one damage; null when nothing is. */
function judge(line: Line, folder: string): string | null {
  if (line.refused !== undefined) {
    const says = `${line.refused} ${line.message ?? ''}`;
    const isTold = line.refused === 'FolderUnusable' && says.includes(folder);
    return isTold && /restore a copy|choose another/.test(says) ? null : `refused so: ${says}`;
  }
  const right = [...(sound.ends ?? []), ...(sound.digests ?? [])].join();
  const found = [...(line.ends ?? []), ...(line.digests ?? [])].join();
  return found === right ? null : 'it opened and is not what it was';
}

describe('damage to the embedded folder', () => {
  it(`is seen or does no harm, ${ROUNDS} times, seed ${SEED}`, async () => {
    const random = randomOf(SEED);
    const outcomes = new Map<string, number>();
    const wrong: string[] = [];
    for (let done = 0; done < ROUNDS; done += FOLDERS_PER_CHILD) {
      const planted = Array.from({ length: FOLDERS_PER_CHILD }, (_, i) => plant(done + i, random));
      for (let left = planted; left.length > 0;) {
        const { lines, trouble } = await runChild(['try', ...left.map(({ folder }) => folder)]);
        const tried = lines.filter(({ folder }) => folder !== undefined).length;
        left.slice(0, tried).forEach(({ folder, name }, i) => {
          const line = lines[2 * i + 1];
          const fault = line === undefined ? `the process ended: ${trouble}` : judge(line, folder);
          if (fault !== null) wrong.push(`${folder} ${name}: ${fault}`);
          const outcome = line?.refused === undefined ? 'right' : 'refused';
          const key = fault === null ? `${name} ${outcome}` : `${name} wrong`;
          outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
          if (fault === null) rmSync(folder, { recursive: true });
        });
        left = left.slice(Math.max(1, tried));
      }
    }
    reportProof({ rounds: ROUNDS, outcomes: JSON.stringify([...outcomes].sort()) });
    expect(wrong).toEqual([]);
    // Damage that no outcome shows would be no damage.
    expect([...outcomes.keys()].filter((key) => key.endsWith('refused')).length).toBeGreaterThan(4);
  });
});

const PARTITIONS = 3;
const PROJECTION: Projection = {
  name: 'runs',
  topic: 'refold.runs',
  kinds: ['run'],
  partitions: PARTITIONS,
  generation: 1,
};
const RECORDS = 300;

/** Folds one log of random records and says what went wrong. */
async function tryRecords(
  ports: { log: EventLog; store: ViewStore },
  projection: Projection,
  records: readonly FuzzRecord[],
  put: (records: readonly FuzzRecord[]) => Promise<void>,
): Promise<{ faults: string[]; letters: number; accepted: number }> {
  const known = records.filter((record) => !isNewer(record, projection.partitions));
  await put(known);
  const unlike = known.flatMap((record) => disagreement(textsOf(record).value) ?? []);
  await foldLog(ports.log, ports.store, projection, READ_BYTES);
  const { faults, ...counts } = await compareWithModel(ports.log, ports.store, projection);
  return { faults: [...unlike, ...faults], ...counts };
}

describe('random bytes on the log', () => {
  const total = { logs: 0, records: 0, dead_letters: 0, accepted: 0 };
  const count = (records: number, { letters, accepted }: { letters: number; accepted: number }) => {
    total.logs += 1;
    total.records += records;
    total.dead_letters += letters;
    total.accepted += accepted;
  };

  it('are dead letters, and what is good between them is folded as the model says', async () => {
    const rounds = proofSize({ short: 12, full: 1_500 });
    for (let seed = 1; seed <= rounds; seed++) {
      const log = createMemoryEventLog({ clock: () => 1_700_000_000_000 });
      await log.ensureTopics([{ name: PROJECTION.topic, partitions: PARTITIONS }]);
      const records = fuzzRecords(RECORDS, PARTITIONS, randomOf(seed));
      const put = async (all: readonly FuzzRecord[]): Promise<void> => {
        for (const record of all) {
          log.appendForeign(PROJECTION.topic, record.partition, textsOf(record));
        }
      };
      const ports = { log, store: createMemoryViewStore() };
      const result = await tryRecords(ports, PROJECTION, records, put);
      expect(result.faults, `seed ${seed}`).toEqual([]);
      count(RECORDS, result);
    }
    expect(total.dead_letters).toBeGreaterThan(total.records / 10);
    expect(total.accepted).toBeGreaterThan(total.records / 4);
    reportProof({ on: 'memory', ...total });
  });

  it('are so on the embedded folder too', async () => {
    const rounds = proofSize({ short: 2, full: 100 });
    for (let seed = 1; seed <= rounds; seed++) {
      const folder = join(work, `log-${seed}`);
      const embedded = await openEmbedded({ folder, clock: () => 1_700_000_000_000 });
      await embedded.log.ensureTopics([{ name: PROJECTION.topic, partitions: PARTITIONS }]);
      const records = fuzzRecords(RECORDS, PARTITIONS, randomOf(1_000_000 + seed));
      const put = async (all: readonly FuzzRecord[]): Promise<void> => {
        const lane = await embedded.log.openLane('embedded');
        const { topic } = PROJECTION;
        const outgoing = all.map((record) => {
          const { key, value } = textsOf(record);
          return { topic, partition: record.partition, key: key ?? '', value };
        });
        await lane.send(outgoing);
        await lane.close();
      };
      expect((await tryRecords(embedded, PROJECTION, records, put)).faults, `seed ${seed}`).toEqual(
        [],
      );
      await embedded.close();
      const again = await openEmbedded({ folder, clock: () => 1_700_000_000_000 });
      expect((await compareWithModel(again.log, again.store, PROJECTION)).faults).toEqual([]);
      await again.close();
    }
    reportProof({ on: 'embedded', logs: rounds, records: rounds * RECORDS });
  });

  it('are seen when the fold leaves one record out', async () => {
    const log = createMemoryEventLog({ clock: () => 1_700_000_000_000 });
    await log.ensureTopics([{ name: PROJECTION.topic, partitions: PARTITIONS }]);
    const store = createMemoryViewStore();
    for (const record of fuzzRecords(RECORDS, PARTITIONS, randomOf(1))) {
      if (isNewer(record, PARTITIONS)) continue;
      log.appendForeign(PROJECTION.topic, record.partition, textsOf(record));
    }
    const skipping: EventLog = {
      ...log,
      async read(...place) {
        const batch = await log.read(...place);
        return { ...batch, records: batch.records.filter(({ offset }) => offset !== 20) };
      },
    };
    await foldLog(skipping, store, PROJECTION, READ_BYTES);
    expect((await compareWithModel(log, store, PROJECTION)).faults).not.toEqual([]);
  });
});

describeWithKafka('random bytes on Kafka', (kafka) => {
  it('are dead letters at their offsets, whatever a producer of bytes writes', async () => {
    const prefix = `fuzz-${randomUUID().slice(0, 8)}`;
    const projection = { ...PROJECTION, topic: `${prefix}.runs` };
    const log = openTestLog(kafka().brokers);
    await log.ensureTopics([{ name: projection.topic, partitions: PARTITIONS }]);
    const rawKafka = new Kafka({ brokers: kafka().brokers, logLevel: logLevel.NOTHING });
    const producer = rawKafka.producer({ idempotent: false });
    await producer.connect();
    const records = fuzzRecords(proofSize({ short: 400, full: 20_000 }), PARTITIONS, randomOf(7));
    const put = async (all: readonly FuzzRecord[]): Promise<void> => {
      for (let at = 0; at < all.length; at += 20) {
        await producer.send({ topic: projection.topic, messages: all.slice(at, at + 20) });
      }
    };
    const ports = { log, store: createMemoryViewStore() };
    const { faults, letters, accepted } = await tryRecords(ports, projection, records, put);
    expect(faults).toEqual([]);
    expect(letters).toBeGreaterThan(records.length / 10);
    reportProof({ on: 'kafka', records: records.length, dead_letters: letters, accepted });
    await Promise.all([producer.disconnect(), log.close()]);
  });
});
