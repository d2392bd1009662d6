import { randomUUID } from 'node:crypto';
import { openKafkaLog } from '@refold/kafka';
import { KafkaBroker, RedisServer } from '@refold/test-kit';
import { runDrain } from './drain-process.js';
import type { DrainReport } from './drain-process.js';
import { fillTopic } from './fill-topic.js';
import { median, spread } from './statistics.js';

/** One measured ratio: its name in the design's table, what it was, and the bound it owes. */
export interface Finding {
  metric: string;
  what: string;
  measured: string;
  owed: string;
}

export interface ReplaySize {
  records: number;
  partitions: number;
  pairs: number;
}

const redisCpuMicros = async (redis: RedisServer): Promise<number> => {
  const info = await redis.command('INFO', 'cpu');
  const seconds = (name: string): number =>
    Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? Number.NaN);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6;
};

const redisBytes = async (redis: RedisServer): Promise<number> =>
  Number(/used_memory:(\d+)/.exec(await redis.command('INFO', 'memory'))?.[1] ?? Number.NaN);

/** P1 and P12: the same topic drained by a bare kafkajs consumer and by the projector, in turn. */
export async function measureReplay(size: ReplaySize): Promise<Finding[]> {
  const broker = await KafkaBroker.start();
  const redis = await RedisServer.start({ appendFsync: 'everysec' });
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  const log = openKafkaLog({
    brokers: [broker.address],
    clientId: 'bench',
    logger: () => undefined,
    fatal: (error) => {
      throw error;
    },
  });
  await log.ensureTopics([{ name: topic, partitions: size.partitions }]);
  const valueBytes = await fillTopic(log, topic, size.partitions, size.records);
  const raw: DrainReport[] = [];
  const refold: DrainReport[] = [];
  const storeMicros: number[] = [];
  const storeBytes: number[] = [];
  const order = {
    brokers: [broker.address],
    redisUrl: redis.url,
    topic,
    partitions: size.partitions,
    records: size.records,
  };
  const drainRaw = async (): Promise<void> => {
    raw.push(await runDrain('./drain-raw.js', { ...order, ...names() }));
  };
  const drainRefold = async (): Promise<void> => {
    await redis.command('FLUSHALL');
    const before = await redisCpuMicros(redis);
    const empty = await redisBytes(redis);
    refold.push(await runDrain('./drain-refold.js', { ...order, ...names() }));
    storeMicros.push(((await redisCpuMicros(redis)) - before) / size.records);
    storeBytes.push(((await redisBytes(redis)) - empty) / size.records);
  };
  for (let pair = 0; pair < size.pairs; pair++) {
    const turns = pair % 2 === 0 ? [drainRaw, drainRefold] : [drainRefold, drainRaw];
    for (const turn of turns) await turn();
    console.log(
      `pair ${pair + 1}: raw ${perSecond(raw, size)} refold ${perSecond(refold, size)} ev/s`,
    );
  }
  await log.close();
  await redis.stop();
  await broker.stop();
  const ratios = raw.map((r, i) => r.seconds / (refold[i]?.seconds ?? Number.NaN));
  const rates = (reports: readonly DrainReport[]): string =>
    spread(reports.map((r) => size.records / r.seconds / 1000), 0);
  const cpu = (reports: readonly DrainReport[]): string =>
    spread(reports.map((r) => r.cpuMicros / size.records), 2);
  return [
    {
      metric: 'P1',
      what: 'replay ÷ raw kafkajs drain with an empty handler, same topic',
      measured: `${spread(ratios, 3)}; ${rates(refold)} k ev/s ÷ ${rates(raw)} k ev/s`,
      owed: '≥ 0.24 (80 % of 0.30)',
    },
    {
      metric: 'P1 CPU',
      what: 'CPU per event, µs: projector, Redis, bare drain',
      measured: `${cpu(refold)}, ${spread(storeMicros, 2)}, ${cpu(raw)}`,
      owed: 'reported',
    },
    {
      metric: 'P12',
      what: 'Redis bytes per event ÷ bytes of the record value (runs of 30 events)',
      measured: `${(median(storeBytes) / valueBytes).toFixed(2)}; ${median(storeBytes).toFixed(0)} ÷ ${valueBytes.toFixed(0)} bytes`,
      owed: '≤ 1.5',
    },
    {
      metric: 'replay memory',
      what: 'resident memory of the projector at the end, MB',
      measured: spread(refold.map((r) => r.rssBytes / 1e6), 0),
      owed: 'reported',
    },
  ];
}

const names = (): { namespace: string; group: string } => {
  const id = randomUUID().slice(0, 8);
  return { namespace: `bench-${id}`, group: `bench-${id}` };
};

const perSecond = (reports: readonly DrainReport[], size: ReplaySize): string =>
  ((size.records / (reports.at(-1)?.seconds ?? Number.NaN)) | 0).toLocaleString('en');
