import { topicLayout, topicNames, type TopicNames } from '@refold/contracts';
import type { Projection, TopicSpec } from '@refold/pipeline';

/** The projections a process may be told to fold or to serve. */
export const PROJECTION_NAMES = ['runs', 'workers'] as const;
export type ProjectionName = (typeof PROJECTION_NAMES)[number];

/** Everything that shares one topic prefix: its topics and what is folded from them. */
export interface Installation {
  topics: TopicNames;
  projections: Readonly<Record<ProjectionName, Projection>>;
  /** The topics as they must exist. */
  specs: readonly TopicSpec[];
}

/** Read models are at their first generation until somebody builds another one. */
const FIRST_GENERATION = 1;

/** The installation of a prefix whose stream topics have `partitions` partitions each. */
export function installationOf(prefix: string, partitions: number): Installation {
  const topics = topicNames(prefix);
  const generation = FIRST_GENERATION;
  return {
    topics,
    projections: {
      runs: { name: 'runs', topic: topics.runs, kinds: ['run'], partitions, generation },
      workers: {
        name: 'workers',
        topic: topics.workers,
        kinds: ['worker'],
        partitions,
        generation,
      },
    },
    specs: topicLayout(topics, partitions),
  };
}
