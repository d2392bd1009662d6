import { Kafka, logLevel } from 'kafkajs';
import { DrainClock, receiveOrder } from './drain-process.js';

/** The floor: a kafkajs consumer with an empty handler, tuned for throughput. */
const order = await receiveOrder();
const kafka = new Kafka({
  brokers: order.brokers,
  clientId: 'raw',
  logLevel: logLevel.ERROR,
  connectionTimeout: 10_000,
});
const consumer = kafka.consumer({ groupId: order.group, maxWaitTimeInMs: 100 });
const clock = new DrainClock();
let seen = 0;
await consumer.connect();
await consumer.subscribe({ topic: order.topic, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: order.partitions,
  eachBatch: async ({ batch }) => {
    clock.begin();
    seen += batch.messages.length;
    if (seen >= order.records) clock.report();
  },
});
