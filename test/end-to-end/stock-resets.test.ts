/** A group is reset by the stock tool while runs are written, and the projector is killed while it carries that out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeCheckpoint, groupOf, ProjectionReader, slotOf } from '@refold/pipeline';
import {
  describeWithKafka,
  proofSize,
  reportProof,
  runKafkaTool,
  useRedis,
  type RedisBackend,
} from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { openInstallation, startService } from './support/installation.js';
import type { Installation } from './support/installation.js';
import { until } from './support/until.js';
import { expectEquality } from './support/verify.js';

const ROUNDS = proofSize({ short: 2, full: 25 });
const KILLS_A_ROUND = 2;
/** A member that was killed is gone after this, and its partitions go to the next one. */
const SETTINGS = { REFOLD_KAFKA_SESSION_MS: '2000' };

describeWithKafka('resets of a group, with kill -9', (kafka) => {
  let redis: RedisBackend;
  let installation: Installation;

  beforeAll(async () => {
    redis = await useRedis();
    installation = await openInstallation(kafka(), redis);
  }, 120_000);

  afterAll(async () => {
    await installation.close();
    await redis.stop();
  });

  /** Resets all partitions as soon as the tool finds no member. */
  const reset = async (...target: string[]): Promise<void> => {
    const { runs } = installation;
    await until(
      () => 'the group has no members',
      async () => {
        const said = await runKafkaTool(
          'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
          ['--bootstrap-server', kafka().brokers.join(','), '--group', groupOf(runs)].concat(
            ['--topic', runs.topic, '--reset-offsets', '--execute'],
            target,
          ),
        );
        return said.includes('NEW-OFFSET') && !said.includes('inactive');
      },
    );
  };

  const operations = async (): Promise<(string | undefined)[]> => {
    const { store, operations: projection } = installation;
    const reader = new ProjectionReader(store, projection);
    const { entries } = await reader.list('operation', 'operations/all', undefined, 1_000);
    return entries.map(({ document }) => document?.state?.status);
  };

  /** Partitions whose group stands below what is folded of them, by somebody else's hand. */
  const wasReset = async (): Promise<number> => {
    const { log, store, runs } = installation;
    let count = 0;
    for (const [partition, committed] of await log.committed(groupOf(runs), runs.topic)) {
      const { checkpoint } = await store.read(slotOf(runs, partition), []);
      const next = checkpoint === null ? 0 : decodeCheckpoint(checkpoint).next;
      if (committed?.metadata === '' && committed.offset < next) count += 1;
    }
    return count;
  };

  const notes = async (): Promise<string[]> => {
    const { log, runs } = installation;
    const committed = await log.committed(groupOf(runs), runs.topic);
    return [...committed.values()].map((offset) => offset?.metadata ?? '');
  };

  it('each becomes one rewind for every partition, and nothing is lost or doubled', async () => {
    const ingest = await startService(installation, 'ingest-api');
    const writer = new AckedWriter({
      url: () => ingest.url,
      eventsPerRun: 10,
      concurrency: 4,
      prefix: 'reset',
      giveUpMs: 120_000,
      pauseMs: 20,
    });
    let isOver = false;
    const writing = writer.write(() => isOver);
    let kills = 0;
    let wanted = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const projector = await startService(installation, 'projector', { settings: SETTINGS });
      await writer.more(40);
      await projector.stop();
      await reset(...(round % 2 === 0 ? ['--to-earliest'] : ['--shift-by', '-20']));
      wanted += await wasReset();
      const next = await startService(installation, 'projector', { settings: SETTINGS });
      for (let n = 0; n < KILLS_A_ROUND; n++) {
        await sleep((kills * 137) % 1_000);
        await next.crash();
        kills += 1;
        await next.ready();
      }
      await until(
        () => `${wanted} operations are done`,
        async () => (await operations()).filter((status) => status === 'done').length >= wanted,
      );
      await until(
        () => 'no note is left in the group',
        async () => (await notes()).every((note) => note === 'refold/1'),
      );
      await next.stop();
    }
    const last = await startService(installation, 'projector', { settings: SETTINGS });
    isOver = true;
    await writing;
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    expect(wanted).toBeGreaterThan(ROUNDS);
    expect(await operations()).toEqual(Array(wanted).fill('done'));
    await last.stop();
    await ingest.stop();
    reportProof({ resets: wanted, kills, acknowledged: writer.acknowledged.length });
  }, 900_000);

  it('is carried out too where it was made while the only member was silent', async () => {
    const { log, store, runs } = installation;
    const ingest = await startService(installation, 'ingest-api');
    const projector = await startService(installation, 'projector', { settings: SETTINGS });
    const writer = new AckedWriter({
      url: () => ingest.url,
      eventsPerRun: 10,
      concurrency: 4,
      prefix: 'silent',
      giveUpMs: 120_000,
      pauseMs: 0,
    });
    let isOver = false;
    const writing = writer.write(() => isOver);
    await writer.more(40);
    isOver = true;
    await writing;
    for (let partition = 0; partition < runs.partitions; partition++) {
      const { end } = await log.range(runs.topic, partition);
      await until(
        () => `partition ${partition} is folded`,
        async () => {
          const { checkpoint } = await store.read(slotOf(runs, partition), []);
          return (checkpoint === null ? 0 : decodeCheckpoint(checkpoint).next) === end;
        },
      );
    }
    const before = (await operations()).length;
    projector.signal('SIGSTOP');
    await reset('--to-earliest');
    const wanted = await wasReset();
    expect(wanted).toBeGreaterThan(0);
    projector.signal('SIGCONT');
    await until(
      () => `${wanted} more operations are done`,
      async () => {
        const statuses = await operations();
        return statuses.filter((status) => status === 'done').length >= before + wanted;
      },
    );
    await until(
      () => 'no note is left in the group',
      async () => (await notes()).every((note) => note === 'refold/1'),
    );
    expect(await operations()).toHaveLength(before + wanted);
    await projector.stop();
    await ingest.stop();
  }, 300_000);
});
