import type { EventLog, Projection, TopicSpec, ViewStore } from '@refold/pipeline';
import type { StartCheck } from './start-check.js';

/** With the count that this process was given: a wrong one can never be changed. */
const ensure = (specs: readonly TopicSpec[]): string =>
  `create them with: npx refold topics ensure --partitions ${Math.max(...specs.map(({ partitions }) => partitions))}`;

/** The topics as they must be. */
export const logCheck = (log: EventLog, specs: readonly TopicSpec[]): StartCheck => ({
  name: 'event log',
  async faults() {
    const faults = await log.checkTopics(specs);
    return faults.map(({ topic, fault }) => `${topic} ${fault} (missing topics: ${ensure(specs)})`);
  },
});

/** The store's settings, and the partition counts that its read models were built with. */
export const storeCheck = (store: ViewStore, projections: readonly Projection[]): StartCheck => ({
  name: 'view store',
  async faults() {
    const faults = await store.check();
    if (faults.length > 0) return faults;
    const pinned = await Promise.all(
      projections.map(async ({ name, partitions }) => ({
        name,
        partitions,
        pinned: await store.pin(name, 'partitions', String(partitions)),
      })),
    );
    return pinned
      .filter(({ partitions, pinned: there }) => there !== String(partitions))
      .map(
        ({ name, partitions, pinned: there }) =>
          `the read models of ${name} were built with ${there} partitions, this process has ${partitions}: set REFOLD_PARTITIONS=${there}, or use another REFOLD_TOPIC_PREFIX`,
      );
  },
});
