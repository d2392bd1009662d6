import { RULEBOOK } from '@refold/domain';
import { randomUUID } from 'node:crypto';
import { openKafkaLog } from '@refold/kafka';
import { Projector } from '@refold/pipeline';
import type { EventLog, Projection } from '@refold/pipeline';
import { openRedisStore } from '@refold/redis';
import { machineTiming } from '@refold/serving';
import { DrainClock } from './drain-order.js';
import type { DrainOrder, DrainReport } from './drain-order.js';
import { answerOrders } from './worker-process.js';

const silent = (): void => undefined;

/** The same log; the clock begins before the first fetch and learns which partition stopped. */
const watched = (log: EventLog, clock: DrainClock): EventLog => ({
  ...log,
  subscribe: (group, topics, consumer) =>
    log.subscribe(group, topics, {
      async assigned(topic, partition) {
        const position = await consumer.assigned(topic, partition);
        clock.begin();
        return position;
      },
      revoked: (topic, partition) => consumer.revoked(topic, partition),
      stopped: (_topic, _partition, error) => clock.fail(error),
      batch: (batch) => consumer.batch(batch),
      gatherMs: () => consumer.gatherMs(),
    }),
});

/** The product: decode, decide, evolve, commit to Redis with timelines, register and indexes. */
async function drain(order: DrainOrder): Promise<DrainReport> {
  const clock = new DrainClock();
  const log = openKafkaLog({
    brokers: order.brokers,
    clientId: 'refold',
    logger: silent,
    fatal: (error) => clock.fail(error),
  });
  const { redisUrl: url, namespace, topic, partitions } = order;
  const store = await openRedisStore({ url, namespace, logger: silent });
  const projection: Projection = { name: 'runs', topic, kinds: ['run'], partitions, generation: 1 };
  let folded = 0;
  const projector = new Projector(projection, {
    log,
    store,
    timing: machineTiming,
    rulebook: RULEBOOK,
    commitId: () => randomUUID(),
    committed: ({ counts }) => {
      folded += counts.records;
      if (counts.accepted !== counts.records) {
        clock.fail(new Error(`not everything was accepted: ${JSON.stringify(counts)}`));
      }
      if (counts.records > 0 && folded === order.records) clock.end();
    },
    mirror: async () => [],
    trouble: (_partition, what) => console.error(what),
  });
  await projector.start(watched(log, clock));
  return clock.report;
}

answerOrders(drain);
