import { randomUUID } from 'node:crypto';
import { redisCpuMicros, redisNumber } from './backends.js';
import type { Backends } from './backends.js';
import type { DrainOrder, DrainReport } from './drain-order.js';
import { fillTopic } from './fill-topic.js';
import { judged, reported } from './finding.js';
import type { Finding } from './finding.js';
import { median, pairedRatios, spread } from './statistics.js';
import { startWorker } from './worker-process.js';

/** How much the replay measures. */
export interface ReplaySize {
  records: number;
  partitions: number;
  pairs: number;
}

/** Longest time one drain may take. */
const DRAIN_MS_MAX = 300_000;

/** What the pairs gave, one entry per pair; bytes and CPU of Redis are per event. */
interface Drained {
  raw: DrainReport[];
  refold: DrainReport[];
  storeMicros: number[];
  storeBytes: number[];
}

/** Runs one drain in a process of its own, so that heap and compiled code are new each time. */
async function runDrain(script: string, order: DrainOrder): Promise<DrainReport> {
  const worker = startWorker<DrainOrder, DrainReport>(script, DRAIN_MS_MAX);
  try {
    return await worker.ask(order);
  } finally {
    await worker.end();
  }
}

async function drainPairs(
  { redis }: Backends,
  size: ReplaySize,
  order: Omit<DrainOrder, 'namespace' | 'group'>,
  say: (line: string) => void,
): Promise<Drained> {
  const drained: Drained = { raw: [], refold: [], storeMicros: [], storeBytes: [] };
  const named = (): DrainOrder => {
    const name = `bench-${randomUUID().slice(0, 8)}`;
    return { ...order, namespace: name, group: name };
  };
  const drainRaw = async (): Promise<void> => {
    drained.raw.push(await runDrain('./drain-raw.js', named()));
  };
  const drainRefold = async (): Promise<void> => {
    await redis.command('FLUSHALL');
    const micros = await redisCpuMicros(redis);
    const empty = await redisNumber(redis, 'memory', 'used_memory');
    drained.refold.push(await runDrain('./drain-refold.js', named()));
    drained.storeMicros.push(((await redisCpuMicros(redis)) - micros) / size.records);
    const full = await redisNumber(redis, 'memory', 'used_memory');
    drained.storeBytes.push((full - empty) / size.records);
  };
  const rate = (reports: readonly DrainReport[]): string =>
    (size.records / (reports.at(-1)?.seconds ?? Number.NaN) / 1000).toFixed(0);
  for (let pair = 0; pair < size.pairs; pair++) {
    const turns = pair % 2 === 0 ? [drainRaw, drainRefold] : [drainRefold, drainRaw];
    for (const turn of turns) await turn();
    const { raw, refold } = drained;
    say(`replay, pair ${pair + 1}: raw ${rate(raw)} k ev/s, refold ${rate(refold)} k ev/s`);
  }
  return drained;
}

function findingsOf(drained: Drained, size: ReplaySize, valueBytes: number): Finding[] {
  const { raw, refold, storeMicros, storeBytes } = drained;
  const seconds = (reports: readonly DrainReport[]): number[] => reports.map((r) => r.seconds);
  const rates = (reports: readonly DrainReport[]): string =>
    spread(
      reports.map((r) => size.records / r.seconds / 1000),
      0,
    );
  const cpu = (reports: readonly DrainReport[]): string =>
    spread(
      reports.map((r) => r.cpuMicros / size.records),
      2,
    );
  return [
    judged(
      { metric: 'P1', what: 'replay ÷ raw kafkajs drain with an empty handler, same topic' },
      pairedRatios(seconds(raw), seconds(refold)),
      3,
      { side: 'at least', value: 0.24, because: '80 % of the prototype' },
      `${rates(refold)} k ev/s ÷ ${rates(raw)} k ev/s`,
    ),
    reported(
      'P1 CPU',
      'CPU per event, µs: projector; Redis; bare drain',
      `${cpu(refold)}; ${spread(storeMicros, 2)}; ${cpu(raw)}`,
    ),
    judged(
      {
        metric: 'P12',
        what: 'Redis bytes per event ÷ bytes of the record value (runs of 30 events)',
      },
      storeBytes.map((bytes) => bytes / valueBytes),
      2,
      { side: 'at most', value: 1.5, because: 'the target' },
      `${median(storeBytes).toFixed(0)} ÷ ${valueBytes.toFixed(0)} bytes`,
    ),
    reported(
      'replay memory',
      'resident memory of the projector at the end, MB',
      spread(
        refold.map((r) => r.rssBytes / 1e6),
        0,
      ),
    ),
  ];
}

/** P1 and P12: the same topic drained by a bare kafkajs consumer and by the projector, in turn. */
export async function measureReplay(
  backends: Backends,
  size: ReplaySize,
  say: (line: string) => void,
): Promise<Finding[]> {
  const { broker, redis, log } = backends;
  const { records, partitions } = size;
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  await log.ensureTopics([{ name: topic, partitions }]);
  const valueBytes = await fillTopic(log, topic, partitions, records);
  say(`replay: ${records} records of ${valueBytes.toFixed(0)} bytes are on ${topic}`);
  const order = { brokers: [broker.address], redisUrl: redis.url, topic, partitions, records };
  const drained = await drainPairs(backends, size, order, say);
  await redis.command('FLUSHALL');
  return findingsOf(drained, size, valueBytes);
}
