import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners, type ITopicConfig, type Producer } from 'kafkajs';
import { openKafkaLog, type KafkaLogOptions } from '@refold/kafka';
import type { EventLog } from '@refold/pipeline';

/** A log that fails the test when the group membership ends for good. */
export const openTestLog = (
  brokers: readonly string[],
  options: Partial<KafkaLogOptions> = {},
): EventLog =>
  openKafkaLog({
    brokers,
    clientId: 'refold-test',
    logger: () => {},
    fatal: (error) => {
      throw error;
    },
    ...options,
  });

/** Somebody else on the same brokers. */
export const stranger = (brokers: readonly string[]): Kafka =>
  new Kafka({ brokers: [...brokers], clientId: 'stranger', logLevel: logLevel.NOTHING });

/** A producer that ends its own mistakes quickly; transactional when it is given an ID. */
export async function strangeProducer(kafka: Kafka, transactionalId?: string): Promise<Producer> {
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({
    createPartitioner,
    ...(transactionalId === undefined
      ? {}
      : { transactionalId, idempotent: true, maxInFlightRequests: 1 }),
  });
  await producer.connect();
  return producer;
}

/** A topic with settings of its own. */
export async function strangeTopic(
  kafka: Kafka,
  settings: Record<string, string>,
): Promise<string> {
  const topic = `strange.${randomUUID()}`;
  const configEntries: ITopicConfig['configEntries'] = Object.entries(settings).map(
    ([name, value]) => ({ name, value }),
  );
  // A busy broker takes its time until a new topic has a leader.
  const admin = kafka.admin({ retry: { retries: 10 } });
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  await admin.disconnect();
  return topic;
}

/** Polls an answer until it is as wanted; rejects after 60 s. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  wanted: (answer: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: ${JSON.stringify(answer)}`);
    await wait(20);
  }
}
