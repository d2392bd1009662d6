import { Kafka, logLevel } from 'kafkajs';
import { DrainClock } from './drain-order.js';
import type { DrainOrder, DrainReport } from './drain-order.js';
import { answerOrders } from './worker-process.js';

/** The floor: a kafkajs consumer with an empty handler, tuned for throughput. */
async function drain(order: DrainOrder): Promise<DrainReport> {
  const kafka = new Kafka({
    brokers: order.brokers,
    clientId: 'raw',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 10_000,
  });
  const consumer = kafka.consumer({ groupId: order.group, maxWaitTimeInMs: 100 });
  const clock = new DrainClock();
  let seen = 0;
  consumer.on(consumer.events.FETCH_START, () => clock.begin());
  consumer.on(consumer.events.CRASH, ({ payload }) => clock.fail(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topic: order.topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: order.partitions,
    eachBatch: async ({ batch }) => {
      seen += batch.messages.length;
      if (seen >= order.records) clock.end();
    },
  });
  return clock.report;
}

answerOrders(drain);
