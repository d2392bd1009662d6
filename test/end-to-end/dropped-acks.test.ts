/**
 * Acknowledgements of the log are lost on their way, with the records stored: nothing is lost, doubled
 * or reordered. Behind the same proxy a plain producer doubles, and one that races itself loses.
 */
import { randomUUID } from 'node:crypto';
import type { EventLog } from '@refold/pipeline';
import {
  acknowledgements,
  describeWithBroker,
  FaultProxy,
  freePorts,
  proofSize,
  randomOf,
  reportProof,
  useRedis,
  type RedisBackend,
} from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BatchWriter } from './support/batch-writer.js';
import {
  openInstallation,
  startWritePath,
  type Installation,
  type WritePath,
} from './support/installation.js';
import { historyOf } from './support/log-history.js';
import { losingAcknowledgements } from './support/lost-acknowledgements.js';
import {
  plainProducer,
  racingProducer,
  type NaiveOutcome,
  type NaivePlan,
} from './support/naive-producers.js';
import { recordsOf } from './support/oracle.js';
import { expectEquality } from './support/verify.js';

const EVENTS_PER_RUN = 50;
const EVENTS = proofSize({ short: 5_000, full: 100_000 });
const DROPPED_MIN = proofSize({ short: 15, full: 100 });
const NAIVE_EVENTS = proofSize({ short: 3_000, full: 20_000 });
/** What a naive producer does is luck in each round, and certain in enough of them. */
const CONTROL_ROUNDS_MAX = 10;
const SEED = 20_261_122;

/** Half as many again are lost as must be: the last that are due may find nothing left to lose. */
const gapOf = (events: number): number => Math.floor(events / (DROPPED_MIN * 1.5));

let proxy: FaultProxy;

async function behindProxy(): Promise<{ port: number; advertisedPort: number }> {
  const [port = 0] = await freePorts(1);
  proxy = await FaultProxy.start({ host: '127.0.0.1', port }, { watch: acknowledgements });
  return { port, advertisedPort: proxy.port };
}

async function freshTopic(log: EventLog): Promise<Pick<NaivePlan, 'topic' | 'values'>> {
  const topic = `naive.${randomUUID()}`;
  await log.ensureTopics([{ name: topic, partitions: 1 }]);
  const values = async (): Promise<(string | null)[]> => {
    const all: (string | null)[] = [];
    for (let next = 0; ;) {
      const batch = await log.read(topic, 0, next);
      all.push(...batch.records.map(({ value }) => value));
      if (batch.next === next) return all;
      next = batch.next;
    }
  };
  return { topic, values };
}

describeWithBroker('a network that loses acknowledgements', behindProxy, () => {
  let redis: RedisBackend;
  let installation: Installation;
  let services: WritePath;
  const random = randomOf(SEED);

  beforeAll(async () => {
    redis = await useRedis();
    const brokers = [`127.0.0.1:${proxy.port}`];
    const kafka = { source: 'local' as const, brokers, local: null, stop: async () => undefined };
    installation = await openInstallation(kafka, redis);
    services = await startWritePath(installation);
  }, 120_000);

  afterAll(async () => {
    await services.stop();
    await installation.close();
    await redis.stop();
    await proxy.stop();
  });

  it('loses, doubles and reorders nothing that came in by HTTP', async () => {
    const writer = new BatchWriter({
      url: services.ingest.url,
      runs: EVENTS / EVENTS_PER_RUN,
      eventsPerRun: EVENTS_PER_RUN,
      lines: 12,
      concurrency: 8,
      prefix: 'lost',
    });
    const began = performance.now();
    const dropped = await losingAcknowledgements(
      { proxy, random, gap: gapOf(EVENTS), acknowledged: () => writer.acknowledged.length },
      writer.write(),
    );
    const seconds = Number(((performance.now() - began) / 1_000).toFixed(1));
    const { acknowledged, runIds } = writer;
    const history = historyOf(await recordsOf(installation.log, installation.runs), writer);
    reportProof({
      by: 'ingest-api',
      seed: SEED,
      acknowledged: acknowledged.length,
      dropped,
      lost: history.lost.length,
      doubled: history.doubled.length,
      reordered: history.reordered.length,
      copies_of_repeated_requests: history.copies,
      runs: runIds.length,
      seconds,
    });
    expect(acknowledged).toHaveLength(EVENTS);
    expect(dropped).toBeGreaterThanOrEqual(DROPPED_MIN);
    expect(history).toMatchObject({ lost: [], misplaced: [], doubled: [], reordered: [] });
    expect(history.records).toBe(EVENTS + history.copies);
    await expectEquality(installation, acknowledged, runIds);
  }, 900_000);

  /** One round after the other, each on a topic of its own, until the outcomes together suffice. */
  async function inRounds(
    by: string,
    produce: (plan: NaivePlan) => Promise<NaiveOutcome>,
    suffices: (dropped: number, outcomes: readonly NaiveOutcome[]) => boolean,
  ): Promise<void> {
    const outcomes: NaiveOutcome[] = [];
    let dropped = 0;
    while (!suffices(dropped, outcomes)) {
      expect(outcomes.length, `no round of ${by} showed it`).toBeLessThan(CONTROL_ROUNDS_MAX);
      const topic = await freshTopic(installation.log);
      const gap = gapOf(NAIVE_EVENTS);
      const outcome = await produce({ proxy, random, events: NAIVE_EVENTS, gap, ...topic });
      outcomes.push(outcome);
      dropped += outcome.dropped;
      reportProof({ by, ...outcome });
    }
  }

  it('negative control: a producer that is not idempotent doubles', async () => {
    await inRounds('not idempotent', plainProducer, (dropped, outcomes) => {
      const doubled = outcomes.reduce((sum, one) => sum + one.doubled, 0);
      return dropped >= DROPPED_MIN && doubled > DROPPED_MIN / 2;
    });
  }, 600_000);

  it('negative control: concurrent sends of one idempotent producer lose what was acknowledged', async () => {
    await inRounds('idempotent, concurrent', racingProducer, (dropped, outcomes) => {
      const lost = outcomes.reduce((sum, one) => sum + one.lost, 0);
      return dropped >= DROPPED_MIN && lost > 0;
    });
  }, 600_000);
});
