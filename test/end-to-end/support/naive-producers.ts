import type { FaultProxy, Random } from '@refold/test-kit';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { losingAcknowledgements } from './lost-acknowledgements.js';

/** What a producer that is not ours made of its records. */
export interface NaiveOutcome {
  acknowledged: number;
  /** Rejected by the producer; what became of them is not counted. */
  rejected: number;
  dropped: number;
  /** Acknowledged, and not on the log. */
  lost: number;
  /** More than once on the log. */
  doubled: number;
}

export interface NaivePlan {
  proxy: FaultProxy;
  random: Random;
  topic: string;
  events: number;
  /** Events acknowledged between two lost acknowledgements, on average. */
  gap: number;
  /** Reads the whole topic, which has one partition. */
  values: () => Promise<(string | null)[]>;
}

/** Of one size: a broker tells a repeated batch by its sequence numbers, not by its content. */
const valueOf = (n: number): string => `value ${String(n).padStart(8, '0')}`;

async function produce(
  { proxy, random, topic, events, gap, values }: NaivePlan,
  kind: { idempotent: boolean; concurrency: number; perSend: number },
): Promise<NaiveOutcome> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${proxy.port}`],
    clientId: 'naive',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 20 },
  });
  const open = async (): Promise<Producer> => {
    const createPartitioner = Partitioners.DefaultPartitioner;
    const producer = kafka.producer({ createPartitioner, idempotent: kind.idempotent });
    await producer.connect();
    return producer;
  };
  let producer = open();
  const spent: Promise<Producer>[] = [];
  const acknowledged = new Set<string>();
  let rejected = 0;
  let begun = 0;
  const writer = async (): Promise<void> => {
    while (begun < events) {
      const batch = Array.from({ length: kind.perSend }, (_, i) => valueOf(begun + i));
      begun += kind.perSend;
      const messages = batch.map((value) => ({ key: 'k', value, partition: 0 }));
      const mine = producer;
      try {
        await (await mine).send({ topic, acks: -1, messages });
        for (const value of batch) acknowledged.add(value);
      } catch {
        rejected += batch.length;
        if (mine !== producer) continue;
        // It never gets over sequence numbers that the broker does not expect.
        spent.push(mine);
        producer = open();
      }
    }
  };
  const work = Promise.all(Array.from({ length: kind.concurrency }, writer));
  const losses = { proxy, random, gap, acknowledged: () => acknowledged.size };
  const dropped = await losingAcknowledgements(losses, work);
  for (const one of [...spent, producer]) await (await one).disconnect();
  const times = new Map<string, number>();
  for (const value of await values()) times.set(value ?? '', (times.get(value ?? '') ?? 0) + 1);
  return {
    acknowledged: acknowledged.size,
    rejected,
    dropped,
    lost: [...acknowledged].filter((value) => !times.has(value)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
  };
}

/** One send after the other, in batches, by a producer that is not idempotent: a retry doubles. */
export const plainProducer = (plan: NaivePlan): Promise<NaiveOutcome> =>
  produce(plan, { idempotent: false, concurrency: 1, perSend: 10 });

/**
 * Sends side by side by one idempotent producer: while one waits to be sent again, another takes its
 * sequence numbers, and the broker takes it for the one that it stored.
 */
export const racingProducer = (plan: NaivePlan): Promise<NaiveOutcome> =>
  produce(plan, { idempotent: true, concurrency: 30, perSend: 1 });
