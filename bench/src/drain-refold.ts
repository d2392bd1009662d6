import { randomUUID } from 'node:crypto';
import { openKafkaLog } from '@refold/kafka';
import { Projector } from '@refold/pipeline';
import type { EventLog, Projection } from '@refold/pipeline';
import { openRedisStore } from '@refold/redis';
import { machineTiming } from '@refold/serving';
import { DrainClock, receiveOrder } from './drain-process.js';

/** The product: decode, decide, evolve, commit to Redis with timelines, register and indexes. */
const order = await receiveOrder();
const fail = (error: Error): never => {
  console.error(error);
  process.exit(1);
};
const log = openKafkaLog({
  brokers: order.brokers,
  clientId: 'refold',
  logger: () => undefined,
  fatal: fail,
});
const store = await openRedisStore({
  url: order.redisUrl,
  namespace: order.namespace,
  logger: () => undefined,
});
const clock = new DrainClock();
let folded = 0;
const watched: EventLog = {
  ...log,
  subscribe: (group, topics, consumer) =>
    log.subscribe(group, topics, {
      assigned: (topic, partition) => consumer.assigned(topic, partition),
      revoked: (topic, partition) => consumer.revoked(topic, partition),
      stopped: (_topic, _partition, error) => fail(error),
      batch: (batch) => {
        if (batch.records.length > 0) clock.begin();
        return consumer.batch(batch);
      },
    }),
};
const projection: Projection = {
  name: 'runs',
  topic: order.topic,
  kinds: ['run'],
  partitions: order.partitions,
  generation: 1,
};
const projector = new Projector(projection, {
  log,
  store,
  timing: machineTiming,
  commitId: () => randomUUID(),
  committed: ({ counts }) => {
    folded += counts.records;
    if (counts.accepted !== counts.records) fail(new Error(JSON.stringify(counts)));
    if (counts.records > 0 && folded === order.records) clock.report();
  },
  mirror: async () => undefined,
  trouble: (_partition, what) => console.error(what),
});
await projector.start(watched);
