/**
 * What producers do wrong stops nobody: it is a dead letter whose reason names the fix.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppendReply } from '@refold/contracts';
import { describeWithKafka, missingBackendFails, useRedis } from '@refold/test-kit';
import type { KafkaBackend, RedisBackend } from '@refold/test-kit';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, readiness } from './support/api.js';
import { homeOf, lettersOf, value, type Letter } from './support/hostile-records.js';
import {
  openInstallation,
  PARTITIONS,
  startService,
  type Installation,
} from './support/installation.js';
import {
  disagreements,
  documentsOf,
  freshFold,
  modelOfLog,
  recordsOf,
  untilFolded,
} from './support/oracle.js';
import { prepareLanguage, PRODUCERS, runProducer } from './support/producers.js';
import { readRun } from './support/run-snapshot.js';
import type { ServiceProcess } from './support/service-process.js';
import { alterTopics } from './support/stored-codec.js';
import { until } from './support/until.js';

const placeOf = ({ partition, offset }: Letter): string => `${partition}/${offset}`;

describe('hostile producers', async () => {
  const python = await prepareLanguage('python');
  const noPython = 'missing' in python;

  describeWithKafka('on real Kafka', (kafka: () => KafkaBackend) => {
    let redis: RedisBackend;
    let installation: Installation;
    let service: ServiceProcess;
    let stranger: Kafka;
    let plain: Producer;
    const runIds: string[] = [];
    let known = new Set<string>();

    beforeAll(async () => {
      redis = await useRedis();
      installation = await openInstallation(kafka(), redis);
      service = await startService(installation, 'standalone');
      stranger = new Kafka({ brokers: kafka().brokers, logLevel: logLevel.NOTHING });
      plain = stranger.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await plain.connect();
    }, 120_000);

    afterAll(async () => {
      await plain.disconnect();
      await service.stop();
      await installation.close();
      await redis.stop();
    });

    const send = (key: string | Buffer | null, text: string | Buffer | null, partition: number) =>
      plain.send({ topic: installation.runs.topic, messages: [{ key, value: text, partition }] });

    /** Everything is folded, the service is well, and an event over HTTP gets its verdict. */
    async function expectLife(url = service.url): Promise<void> {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        let runId = `alive-${runIds.length}`;
        for (let n = 0; homeOf(runId) !== partition; n++) runId = `alive-${runIds.length}-${n}`;
        runIds.push(runId);
        const answer = await post<AppendReply>(url, '/runs', { run_id: runId });
        expect([answer.status, answer.body.seq]).toEqual([201, 1]);
      }
      expect(await readiness(url)).toMatchObject({ status: 'ready' });
    }

    /** The dead letters since the last call, once everything before an event over HTTP is folded. */
    async function newLetters(): Promise<Letter[]> {
      await expectLife();
      const letters = (await lettersOf(service.url)).filter((one) => !known.has(placeOf(one)));
      known = new Set([...known, ...letters.map(placeOf)]);
      return letters;
    }

    describe.skipIf(noPython && !missingBackendFails())('librdkafka', () => {
      it('with its own partitioner is told of murmur2_random, and heard once it has it', async () => {
        const folder = await mkdtemp(join(tmpdir(), 'refold-hostile-'));
        const file = join(folder, 'events.ndjson');
        const ids = Array.from({ length: 40 }, (_, n) => `rd-${n}`);
        const events = ids.map((id) => ({
          subject: `run/${id}`,
          id,
          type: 'run.started',
          data: null,
        }));
        await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
        const program = join(PRODUCERS, 'librdkafka-python', 'producer.py');
        const path = 'path' in python ? python.path : '';
        const start = [program, kafka().brokers.join(), installation.prefix, file];

        await runProducer(path, ...start, 'partitioner=consistent_random');
        const letters = await newLetters();
        expect(letters.length).toBeGreaterThan(10);
        expect(letters.length).toBeLessThan(40);
        for (const { reason, key, partition } of letters) {
          expect(homeOf(key ?? '')).not.toBe(partition);
          expect(reason).toContain(`belongs on partition ${homeOf(key ?? '')}`);
          expect(reason).toContain('partitioner=murmur2_random');
        }
        const buried = new Set(letters.map(({ key }) => key));
        const before = await documentsOf(installation.store, installation.runs, ids);
        expect(ids.filter((id) => before.get(id) === null)).toEqual(
          ids.filter((id) => buried.has(id)),
        );

        await runProducer(path, ...start);
        expect(await newLetters()).toEqual([]);
        const after = await documentsOf(installation.store, installation.runs, ids);
        expect(ids.map((id) => after.get(id)?.state?.seq)).toEqual(ids.map(() => 1));
        runIds.push(...ids);
        await rm(folder, { recursive: true });
      });
    });

    it('an open transaction holds up nobody, and is told to do without', async () => {
      const transactional = stranger.producer({
        transactionalId: `tx-${installation.prefix}`,
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      await transactional.connect();
      const transaction = await transactional.transaction();
      const message = { key: 'tx', value: value('tx'), partition: homeOf('tx') };
      await transaction.send({ topic: installation.runs.topic, messages: [message] });
      const letters = await newLetters();
      expect(letters.map(({ key }) => key)).toEqual(['tx']);
      expect(letters[0]?.reason).toContain('produce without transactions');
      await transaction.commit();
      expect(await newLetters()).toEqual([]);
      const found = await documentsOf(installation.store, installation.runs, ['tx']);
      expect(found.get('tx')).toBeNull();
      await transactional.disconnect();
    });

    it.each<[string, string | Buffer | null, string | Buffer | null, RegExp]>([
      ['random bytes', 'k', randomBytes(1_000), /not UTF-8|not a Refold record/],
      ['random bytes as key', Buffer.from([0xff, 0xfe]), value('k'), /key or value is not UTF-8/],
      ['no value', 'k', null, /has no value/],
      ['an empty value', 'k', '', /not a Refold record: expected a CloudEvents 1.0 JSON object/],
      ['no key', null, value('k'), /expected the stream ID "k"/],
      ['another key', 'other', value('k'), /the key is "other": expected the stream ID "k"/],
      ['JSON of somebody', 'k', '{"specversion":"1.0","id":"1"}', /not a Refold record/],
      ['a JSON array', 'k', '[]', /not a Refold record/],
      ['deep nesting', 'k', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /not a Refold record/],
      ['half a record', 'k', value('k').slice(0, -20), /not a Refold record/],
      ['two records in one', 'k', value('k') + value('k'), /not a Refold record/],
      ['a byte order mark', 'k', `\ufeff${value('k')}`, /not a Refold record/],
      [
        'a worker on the topic of runs',
        'k',
        value('k', { subject: 'worker/k' }),
        /does not belong on/,
      ],
      [
        'a subject of nobody',
        'k',
        value('k', { subject: 'table/k' }),
        /expected run\/ID or worker\/ID/,
      ],
      ['an ID too long', 'k', value('k', { id: 'x'.repeat(257) }), /attribute id/],
      ['an envelope of no version', 'k', value('k').replace('on":1,', 'on":"1",'), /refoldversion/],
      [
        'a reply address too long',
        'k',
        value('k', { replyto: 'x'.repeat(129) }),
        /attribute replyto/,
      ],
      [
        'a reply address of two lines',
        'k',
        value('k', { replyto: '\r\nPUBLISH x y' }),
        /attribute replyto/,
      ],
      ['rules that are none', 'k', value('k', { type: 'rules.changed' }), /rules\.changed/],
    ])('%s is a dead letter', async (_name, key, text, reason) => {
      await send(key, text, homeOf('k'));
      const letters = await newLetters();
      expect(letters.map((letter) => letter.reason)).toEqual([expect.stringMatching(reason)]);
      const bytes = text === null ? 0 : Buffer.byteLength(text.toString());
      if (typeof text === 'string') expect(letters[0]?.bytes).toBe(bytes);
    });

    it('a topic that keeps producers’ times is named with its setting', async () => {
      const { topic } = installation.runs;
      const stamp = (type: string) =>
        alterTopics(kafka().brokers, [topic], { 'message.timestamp.type': type });
      await stamp('CreateTime');
      await until(
        () => 'the topic keeps producers’ times',
        async () => {
          const [sent] = await send('late', value('late'), homeOf('late'));
          return sent?.logAppendTime === '-1';
        },
      );
      await stamp('LogAppendTime');
      await until(
        () => 'the topic has times of its own again',
        async () => {
          const [sent] = await send('on-time', value('on-time'), homeOf('on-time'));
          return sent?.logAppendTime !== '-1';
        },
      );
      const letters = await newLetters();
      expect(letters.length).toBeGreaterThan(0);
      for (const { reason } of letters)
        expect(reason).toContain('message.timestamp.type=LogAppendTime');
      const found = await documentsOf(installation.store, installation.runs, ['late', 'on-time']);
      expect(found.get('on-time')?.state?.seq).toBe(1);
      runIds.push('late', 'on-time');
    });

    it('a spoofed reply address answers nobody', async () => {
      await post(service.url, '/runs', { run_id: 'spoofed' });
      const [record] = (await recordsOf(installation.log, installation.runs))
        .flat()
        .filter(({ key, value: text }) => key === 'spoofed' && text?.includes('replyto'));
      const { replyto } = JSON.parse(record?.value ?? '{}') as { replyto: string };
      expect(replyto).toMatch(/./);
      const addresses = [replyto, 'somebody-else', '*', 'PUBLISH x y', 'refold:wake:x'];
      let over = false;
      const forge = async (): Promise<void> => {
        for (let n = 0; !over; n++) {
          const messages = addresses.map((address, at) => ({
            key: 'spoofed',
            partition: homeOf('spoofed'),
            value: value('spoofed', {
              id: `forged-${n}-${at}`,
              type: 'run.finished',
              replyto: address,
              data: { status: n % 2 === 0 ? 'nonsense' : 7 },
            }),
          }));
          await plain.send({ topic: installation.runs.topic, messages });
        }
      };
      const forging = forge();
      const told: [string, number][] = [];
      for (let n = 0; n < 100; n++) {
        const event = { event_type: 'run.delta', payload: { n }, idempotency_key: `true-${n}` };
        const answer = await post<AppendReply>(service.url, '/runs/spoofed/events', event);
        expect(answer.status).toBe(201);
        told.push([`true-${n}`, answer.body.seq]);
      }
      over = true;
      await forging;
      const { events } = await readRun(service.url, 'spoofed');
      const seqs = new Map(events.map((event) => [event.idempotency_key, event.seq]));
      expect(told.map(([key]) => [key, seqs.get(key)])).toEqual(told);
      runIds.push('spoofed');
      expect(await newLetters()).toEqual([]);
    });

    it('nothing was folded wrongly', async () => {
      const { log, store, runs } = installation;
      await untilFolded(log, store, runs);
      const documents = await documentsOf(store, runs, runIds);
      const again = await documentsOf(await freshFold(log, runs), runs, runIds);
      expect(disagreements(documents, again, await modelOfLog(log, runs))).toEqual([]);
      const one = await lettersOf(service.url, `&partition=${homeOf('k')}`);
      expect(one.length).toBeGreaterThan(15);
      expect(one.map(({ offset }) => offset)).toEqual(
        one.map(({ offset }) => offset).sort((a, b) => b - a),
      );
      expect(await service.answers('/healthz')).toBe(true);
    });
  });
});
