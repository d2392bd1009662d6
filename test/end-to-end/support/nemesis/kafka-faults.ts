import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy, KafkaBroker, Random } from '@refold/test-kit';
import { Kafka, logLevel } from 'kafkajs';
import { until } from '../until.js';
import { PATIENCE_MS, seconds, type Fault } from './fault.js';
import type { Fleet } from './fleet.js';

const REPLICAS = 3;

/** Waits until every broker has every record again: with one behind, the next fault would take two. */
async function replicated({ kafka }: Fleet): Promise<void> {
  const client = new Kafka({
    brokers: kafka.brokers.map(({ address }) => address),
    clientId: 'nemesis',
    logLevel: logLevel.NOTHING,
    retry: { retries: 50, maxRetryTime: 500 },
  });
  const admin = client.admin();
  await admin.connect();
  try {
    let behind: string[] = [];
    await until(
      () => `every replica in sync; not so: ${behind.join()}`,
      async () => {
        const { topics } = await admin.fetchTopicMetadata();
        behind = topics.flatMap(({ name, partitions }) =>
          partitions
            .filter(({ isr, leader }) => isr.length < REPLICAS || leader < 0)
            .map(({ partitionId }) => `${name}/${partitionId}`),
        );
        return behind.length === 0;
      },
      PATIENCE_MS,
    );
  } finally {
    await admin.disconnect();
  }
}

interface Member {
  name: string;
  broker: KafkaBroker;
  proxy: FaultProxy;
}

function anyBroker({ kafka }: Fleet, random: Random): Member {
  const at = random.int(0, REPLICAS - 1);
  return { name: `broker ${at + 1}`, broker: kafka.brokers[at]!, proxy: kafka.proxies[at]! };
}

const killed: Fault = {
  name: 'a broker is killed',
  async play(fleet, random) {
    const { name, broker } = anyBroker(fleet, random);
    const downMs = random.int(500, 4_000);
    await broker.kill();
    await sleep(downMs);
    broker.restart();
    await broker.ready(PATIENCE_MS);
    await replicated(fleet);
    return `${name}, down for ${seconds(downMs)} and its start`;
  },
};

const frozen: Fault = {
  name: 'a broker stands still and wakes up',
  async play(fleet, random) {
    const { name, broker } = anyBroker(fleet, random);
    const frozenMs = random.int(2_000, 6_000);
    broker.freeze();
    await sleep(frozenMs);
    broker.thaw();
    await broker.ready(PATIENCE_MS);
    await replicated(fleet);
    return `${name}, for ${seconds(frozenMs)}`;
  },
};

const slow: Fault = {
  name: 'the way to a broker is slow',
  async play(fleet, random) {
    const { name, proxy } = anyBroker(fleet, random);
    const delayMs = random.int(30, 400);
    proxy.delay(delayMs);
    await sleep(random.int(1_000, 3_000));
    proxy.heal();
    return `${name}, ${delayMs} ms each way`;
  },
};

const reset: Fault = {
  name: 'connections to a broker are reset',
  async play(fleet, random) {
    const { name, proxy } = anyBroker(fleet, random);
    const before = proxy.resets;
    proxy.refuse();
    await sleep(random.int(100, 3_000));
    proxy.heal();
    return `${name}, ${proxy.resets - before} connections`;
  },
};

const halfOpen: Fault = {
  name: 'connections to a broker are half-open',
  async play(fleet, random) {
    const { name, proxy } = anyBroker(fleet, random);
    const stalledMs = random.int(1_000, 13_000);
    proxy.stall();
    await sleep(stalledMs);
    // What was under way may come through late, or never.
    const isLost = random.chance(0.5);
    if (isLost) proxy.reset();
    proxy.heal();
    return `${name}, for ${seconds(stalledMs)}, then ${isLost ? 'reset' : 'late'}`;
  },
};

const unacknowledged: Fault = {
  name: 'acknowledgements of the log are lost',
  async play({ kafka: { proxies } }, random) {
    const wanted = random.int(2, 6);
    const lost = (): number => proxies.reduce((sum, { dropped }) => sum + dropped, 0);
    const before = lost();
    for (const proxy of proxies) void proxy.dropReplies(wanted);
    await until(
      () => `${wanted} acknowledgements to be lost`,
      () => lost() - before >= wanted,
      PATIENCE_MS,
    );
    for (const proxy of proxies) proxy.heal();
    return `${lost() - before} of them, the records stored`;
  },
};

/** What happens to the brokers and on the way to them. */
export const KAFKA_FAULTS: readonly Fault[] = [
  killed,
  frozen,
  slow,
  reset,
  halfOpen,
  unacknowledged,
];
