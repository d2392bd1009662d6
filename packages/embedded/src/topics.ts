import type { TopicFault, TopicSpec } from '@refold/pipeline';
import type { Environment } from './environment.js';
import { keyOf, keysBelow, lastPartOf } from './keys.js';
import { openPartition, type PartitionLog } from './partition-log.js';

/** What Kafka allows, so that a topic keeps its name when it moves there. */
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;
const PARTITIONS_MAX = 256;

/** The topics of an environment; their partition counts are stored once and frozen. */
export interface Topics {
  /** Throws when there is no such topic. */
  partitionsOf(topic: string): readonly PartitionLog[];
  /** Undefined when there is no such partition. */
  find(topic: string, partition: number): PartitionLog | undefined;
  /** Creates what is missing and answers its names. Throws a RangeError for an impossible spec. */
  ensure(specs: readonly TopicSpec[]): Promise<string[]>;
  faults(specs: readonly TopicSpec[]): TopicFault[];
}

export function loadTopics(environment: Environment): Topics {
  const topics = new Map<string, PartitionLog[]>();
  const adopt = (name: string, count: number): void => {
    const partitions = Array.from({ length: count }, (_, i) => openPartition(environment, name, i));
    topics.set(name, partitions);
  };
  const stored = environment.snapshot((transaction) => [
    ...environment.meta.getRange({ ...keysBelow('topic'), transaction }),
  ]);
  for (const { key, value } of stored) adopt(lastPartOf(key), Number(value));

  return {
    partitionsOf(topic) {
      const found = topics.get(topic);
      if (found === undefined) throw new Error(`topic ${topic} does not exist: create it first`);
      return found;
    },
    find: (topic, partition) => topics.get(topic)?.[partition],
    async ensure(specs) {
      const missing = specs.filter((spec) => !topics.has(spec.name));
      for (const spec of missing) assertPossible(spec);
      await environment.write(() => {
        for (const { name, partitions } of missing) {
          environment.meta.putSync(keyOf('topic', name), String(partitions));
        }
      });
      for (const { name, partitions } of missing) if (!topics.has(name)) adopt(name, partitions);
      return missing.map((spec) => spec.name);
    },
    faults: (specs) =>
      specs.flatMap(({ name, partitions }) => {
        const count = topics.get(name)?.length;
        if (count === undefined) return [{ topic: name, fault: 'does not exist: create it' }];
        if (count === partitions) return [];
        const fault = `has ${count} partitions instead of ${partitions}: the count is frozen, configure ${count}`;
        return [{ topic: name, fault }];
      }),
  };
}

function assertPossible({ name, partitions }: TopicSpec): void {
  if (!TOPIC_NAME.test(name)) {
    throw new RangeError(`topic name ${name}: expected 1-249 characters of A-Z a-z 0-9 . _ -`);
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    throw new RangeError(`topic ${name}: ${partitions} partitions, expected 1-${PARTITIONS_MAX}`);
  }
}
