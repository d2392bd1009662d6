import type { StreamKind } from './ids.js';

/** The topics Refold uses; `prefix` sets one installation (or one test) apart from another. */
export interface TopicNames {
  runs: string;
  workers: string;
  operations: string;
  deadLetters: string;
}

/** The prefix of an installation that names none. */
export const DEFAULT_TOPIC_PREFIX = 'refold';

/** What a prefix may be, and how that is said. */
export const TOPIC_PREFIX = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  expected: '1-100 characters of A-Z a-z 0-9 . _ -, a letter or digit first',
} as const;

/** Most partitions a topic of ours may have, and how many it has when nobody says. */
export const PARTITIONS_MAX = 1_000;
export const PARTITIONS_DEFAULT = 8;

/** The topics of one installation. */
export const topicNames = (prefix: string = DEFAULT_TOPIC_PREFIX): TopicNames => ({
  runs: `${prefix}.runs`,
  workers: `${prefix}.workers`,
  operations: `${prefix}.operations`,
  deadLetters: `${prefix}.dead-letters`,
});

/** The projections that a process may fold or serve: one for each topic that carries streams. */
export const PROJECTION_NAMES = ['runs', 'workers', 'operations'] as const;
export type ProjectionName = (typeof PROJECTION_NAMES)[number];

const PROJECTION_OF_KIND: Readonly<Record<StreamKind, ProjectionName>> = {
  run: 'runs',
  worker: 'workers',
  operation: 'operations',
};

/** The topic that carries streams of a kind. A worker's lifecycle spans runs and needs its own order. */
export const topicOfKind = (names: TopicNames, kind: StreamKind): string =>
  names[PROJECTION_OF_KIND[kind]];

/**
 * The topics of an installation as they must exist: `partitions` for the topics that carry streams,
 * one for the dead letters, which are few and ordered by nothing.
 */
export const topicLayout = (
  names: TopicNames,
  partitions: number,
): { name: string; partitions: number }[] => [
  { name: names.runs, partitions },
  { name: names.workers, partitions },
  { name: names.operations, partitions },
  { name: names.deadLetters, partitions: 1 },
];
