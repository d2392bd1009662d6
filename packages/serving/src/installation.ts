import {
  topicLayout,
  topicNames,
  type ProjectionName,
  type StreamKind,
  type TopicNames,
} from '@refold/contracts';
import type { Projection, TopicSpec } from '@refold/pipeline';

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
  const projectionOf = (name: ProjectionName, kind: StreamKind): Projection => ({
    name,
    topic: topics[name],
    kinds: [kind],
    partitions,
    generation: FIRST_GENERATION,
  });
  return {
    topics,
    projections: {
      runs: projectionOf('runs', 'run'),
      workers: projectionOf('workers', 'worker'),
      operations: projectionOf('operations', 'operation'),
    },
    specs: topicLayout(topics, partitions),
  };
}
