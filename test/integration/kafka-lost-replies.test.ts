import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import type { EventLog } from '@refold/pipeline';
import { describeWithBroker, FaultProxy, freePorts } from '@refold/test-kit';
import { openTestLog, stranger, strangeProducer } from './kafka-support.js';

const ROUNDS = 30;
/** Of one size, because a broker tells a repeated batch by its sequence numbers, not by its content. */
const valueOf = (round: number): string => `value ${String(round).padStart(6, '0')}`;
const expected = Array.from({ length: ROUNDS }, (_, round) => valueOf(round));

let proxy: FaultProxy;

async function behindProxy(): Promise<{ port: number; advertisedPort: number }> {
  const [port = 0] = await freePorts(1);
  proxy = await FaultProxy.start({ host: '127.0.0.1', port });
  return { port, advertisedPort: proxy.port };
}

async function everyValue(log: EventLog, topic: string): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for (let next = 0; ;) {
    const batch = await log.read(topic, 0, next);
    values.push(...batch.records.map((record) => record.value));
    if (batch.next === next) return values;
    next = batch.next;
  }
}

async function freshTopic(log: EventLog): Promise<string> {
  const topic = `lost.${randomUUID()}`;
  await log.ensureTopics([{ name: topic, partitions: 1 }]);
  return topic;
}

describeWithBroker('acknowledgements that are lost on their way', behindProxy, () => {
  afterAll(() => proxy.stop());

  test('a lane stores every record once, in order, and says where', async () => {
    const log = openTestLog([`127.0.0.1:${proxy.port}`]);
    const topic = await freshTopic(log);
    const lane = await log.openLane(await log.laneOf(topic, 0));
    await lane.send([{ topic, partition: 0, key: 'k', value: valueOf(0) }]);
    const before = proxy.dropped;
    for (let round = 1; round < ROUNDS; round++) {
      if (round % 2 === 1) void proxy.dropReplies();
      const value = valueOf(round);
      const [landed] = await lane.send([{ topic, partition: 0, key: 'k', value }]);
      expect(landed?.offset).toBe(round);
      expect(landed?.timestamp).toBeGreaterThan(1_600_000_000_000);
    }
    expect(proxy.dropped - before).toBe(ROUNDS / 2);
    expect(await everyValue(log, topic)).toEqual(expected);
    await lane.close();
    await log.close();
  });

  test('and the faults are real: a producer that is not idempotent doubles records', async () => {
    const log = openTestLog([`127.0.0.1:${proxy.port}`]);
    const topic = await freshTopic(log);
    const producer = await strangeProducer(stranger([`127.0.0.1:${proxy.port}`]));
    await producer.send({ topic, messages: [{ key: 'k', value: valueOf(0), partition: 0 }] });
    for (let round = 1; round < 6; round++) {
      if (round % 2 === 1) void proxy.dropReplies();
      await producer.send({ topic, messages: [{ key: 'k', value: valueOf(round), partition: 0 }] });
    }
    await producer.disconnect();
    expect((await everyValue(log, topic)).length).toBeGreaterThan(6);
    await log.close();
  });
});
