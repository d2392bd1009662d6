import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { expect } from 'vitest';
import { openKafkaLog } from '@refold/kafka';
import type { EventLog } from '@refold/pipeline';
import { describeWithKafka, eventLogConformance } from '@refold/test-kit';
import { strangeTopic } from '../integration/kafka-support.js';

describeWithKafka('kafka', (kafka) => {
  eventLogConformance('kafka', async () => {
    const { brokers, local } = kafka();
    const fatal: Error[] = [];
    const opened: EventLog[] = [];
    const open = () => {
      const log = openKafkaLog({
        brokers,
        clientId: 'conformance',
        logger: () => {},
        fatal: (error) => fatal.push(error),
      });
      opened.push(log);
      return log;
    };
    const client = new Kafka({ brokers, clientId: 'another', logLevel: logLevel.NOTHING });

    const endOf = async (topic: string, partition: number): Promise<number> =>
      (await opened[0]?.range(topic, partition))?.end ?? 0;

    /** No broker sets its clock back for a test: this topic takes the producer's times instead. */
    const timedTopic = () => strangeTopic(client, { 'message.timestamp.type': 'CreateTime' });
    const appendAt = async (
      topic: string,
      partition: number,
      value: string,
      timeMs: number,
    ): Promise<void> => {
      const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      const messages = [{ key: 'key', value, partition, timestamp: `${timeMs}` }];
      await producer.send({ topic, messages });
      await producer.disconnect();
    };

    /** A transaction ends with a marker, which takes an offset and is no record. */
    const appendHole = async (topic: string, partition: number): Promise<void> => {
      const before = await endOf(topic, partition);
      const producer = client.producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        idempotent: true,
        maxInFlightRequests: 1,
        transactionalId: randomUUID(),
      });
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.send({
        topic,
        messages: [{ key: 'k', value: 'in a transaction', partition }],
      });
      await transaction.commit();
      await producer.disconnect();
      // The marker is written after the commit was answered.
      while ((await endOf(topic, partition)) < before + 2) await setTimeout(20);
    };
    return {
      log: open(),
      close: async () => {
        for (const log of opened) await log.close();
        expect(fatal).toEqual([]);
      },
      timedTopic,
      appendAt,
      appendHole,
      ...(local && {
        restart: async () => {
          await local.kill();
          local.restart();
          const again = open();
          // A broker that was killed looks through its segments first, however long that takes.
          while ((await again.ping()) !== null) await setTimeout(50);
          return again;
        },
      }),
    };
  });
});
