/** The same events, written by producers of every language, give the same documents and chain hashes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeWithKafka,
  missingBackendFails,
  proofSize,
  reportProof,
  useRedis,
  type KafkaBackend,
  type RedisBackend,
} from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldedStreams } from './support/folded-streams.js';
import { openInstallation, startService, type Installation } from './support/installation.js';
import {
  disagreements,
  documentsOf,
  freshFold,
  modelOfLog,
  untilFolded,
} from './support/oracle.js';
import { producerEvents } from './support/producer-events.js';
import { prepareLanguage, PRODUCERS, runProducer, type Prepared } from './support/producers.js';
import { keepCodecs, storedCodecs } from './support/stored-codec.js';

const SEED = 20_260;
const EVENTS = proofSize({ short: 500, full: 20_000 });
const events = producerEvents(SEED, EVENTS);
const subjects = [...new Set(events.map(({ subject }) => subject))];

/** How one producer is started. */
interface Way {
  name: string;
  command: string;
  args: string[];
  /** Of the client, behind the arguments. */
  settings?: string[];
  /** What its batches are compressed with, on a topic that keeps them so. */
  codec?: string;
}

/** How many events a producer says it had: sent, and refused before they were sent. */
const told = (said: string): number =>
  [...said.matchAll(/\d+/g)].reduce((sum, [count]) => sum + Number(count), 0);

const node = (language: string): string => join(PRODUCERS, language, 'producer.mjs');

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

const goWays = ({ path }: { path: string }): Way[] => [
  { name: 'franz-go', command: join(path, 'producer'), args: [], codec: 'snappy' },
];

const javaWays = ({ path }: { path: string }): Way[] =>
  CODECS.map((codec) => ({
    name: `kafka-clients (Java), ${codec}`,
    command: 'java',
    args: ['-XX:TieredStopAtLevel=1', '-cp', path, 'Producer'],
    settings: [`compression.type=${codec}`],
    codec,
  }));

const pythonWays = ({ path }: { path: string }): Way[] => [
  {
    name: 'librdkafka (confluent-kafka)',
    command: path,
    args: [join(PRODUCERS, 'librdkafka-python', 'producer.py')],
  },
  { name: 'kafka-python', command: path, args: [join(PRODUCERS, 'python', 'producer.py')] },
];

const kafkajsWay: Way = { name: 'kafkajs', command: process.execPath, args: [node('kafkajs')] };

/** Everything that can be started here. */
const waysOf = (java: Prepared, go: Prepared, python: Prepared): Way[] => [
  kafkajsWay,
  ...('path' in java ? javaWays(java) : []),
  ...('path' in go ? goWays(go) : []),
  ...('path' in python ? pythonWays(python) : []),
];

describe('producers of every language', async () => {
  const java = await prepareLanguage('java');
  const go = await prepareLanguage('go');
  const python = await prepareLanguage('python');
  const missing = [java, go, python].some((language) => 'missing' in language);

  describeWithKafka('write what is folded alike', (kafka: () => KafkaBackend) => {
    let redis: RedisBackend;
    let folder = '';
    let file = '';
    let expected: Record<string, object> | null = null;

    beforeAll(async () => {
      redis = await useRedis();
      folder = await mkdtemp(join(tmpdir(), 'refold-producers-'));
      file = join(folder, 'events.ndjson');
      await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    }, 120_000);

    afterAll(async () => {
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    });

    /** Compares the documents of all runs with those of an independent model and of a fresh fold. */
    async function expectModel({ log, store, runs }: Installation): Promise<void> {
      const ids = subjects.flatMap((subject) =>
        subject.startsWith('run/') ? [subject.slice('run/'.length)] : [],
      );
      const documents = await documentsOf(store, runs, ids);
      const again = await documentsOf(await freshFold(log, runs), runs, ids);
      const model = await modelOfLog(log, runs);
      expect(disagreements(documents, again, model)).toEqual([]);
    }

    /** Waits for the fold and compares it with that of the others. */
    async function expectSame(installation: Installation): Promise<void> {
      const { log, store, runs, workers } = installation;
      await untilFolded(log, store, runs, 300_000);
      await untilFolded(log, store, workers, 300_000);
      const folded = await foldedStreams(installation, subjects);
      if (expected === null) await expectModel(installation);
      expected ??= folded;
      expect(folded).toEqual(expected);
    }

    it('a list of events that tells producers from each other', () => {
      expect(events).toHaveLength(EVENTS);
      const ids = new Set(events.map(({ id }) => id));
      expect(ids.size).toBeLessThan(EVENTS);
      expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThan(12);
      expect(JSON.stringify(events)).toMatch(/🌍/);
    });

    it.each(waysOf(java, go, python))(
      '$name',
      async ({ name, command, args, settings = [], codec }) => {
        const installation = await openInstallation(kafka(), redis);
        const { prefix, runs, workers } = installation;
        if (codec !== undefined) await keepCodecs(kafka().brokers, [runs.topic, workers.topic]);
        const projector = await startService(installation, 'projector');
        const began = performance.now();
        const said = await runProducer(
          command,
          ...args,
          kafka().brokers.join(),
          prefix,
          file,
          ...settings,
        );
        const seconds = ((performance.now() - began) / 1_000).toFixed(1);
        expect(told(said)).toBe(EVENTS);
        await expectSame(installation);
        if (codec !== undefined) {
          const stored = await storedCodecs(kafka(), runs.topic);
          if (stored !== null) expect(stored).toEqual([codec]);
        }
        reportProof({ producer: name, events: EVENTS, streams: subjects.length, seconds });
        await projector.stop();
        await installation.close();
      },
      600_000,
    );

    it('HTTP', async () => {
      const installation = await openInstallation(kafka(), redis);
      const service = await startService(installation, 'standalone');
      const said = await runProducer(process.execPath, node('http'), service.url, file);
      expect(told(said)).toBe(EVENTS);
      await expectSame(installation);
      reportProof({ producer: 'HTTP', events: EVENTS, streams: subjects.length });
      await service.stop();
      await installation.close();
    }, 600_000);

    it('and differ when a single member of one event does', async () => {
      const installation = await openInstallation(kafka(), redis);
      const at = events.findIndex(({ type }) => type === 'run.delta');
      const other = events.with(at, { ...events[at]!, data: { text: 'something else' } });
      const otherFile = join(folder, 'other.ndjson');
      await writeFile(otherFile, other.map((event) => `${JSON.stringify(event)}\n`).join(''));
      const projector = await startService(installation, 'projector');
      const { command, args } = kafkajsWay;
      const { prefix } = installation;
      await runProducer(command, ...args, kafka().brokers.join(), prefix, otherFile);
      await expect(expectSame(installation)).rejects.toThrow(/something else|chain|equal/);
      await projector.stop();
      await installation.close();
    }, 600_000);

    describe.skipIf(missing && !missingBackendFails())('with every tool', () => {
      it('the languages above were all there', () => {
        expect(waysOf(java, go, python)).toHaveLength(9);
      });
    });
  });
});
