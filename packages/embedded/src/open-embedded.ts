import type { EventLog, ViewStore } from '@refold/pipeline';
import { createEventLog } from './embedded-event-log.js';
import { createViewStore } from './embedded-view-store.js';
import { openEnvironment } from './environment.js';
import { loadTopics } from './topics.js';

export interface EmbeddedOptions {
  /** Where everything is kept; created with mode 0700 when it is missing. */
  folder: string;
  /** Milliseconds since the epoch; stamps appended records. */
  clock: () => number;
}

/** Both ports over one folder. */
export interface Embedded {
  log: EventLog;
  store: ViewStore;
  /** Closes the log's subscriptions and the folder; waits for running writes. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens a folder as log and store. One process at a time owns it: a second one rejects with
 * `FolderInUse`, and what a killed one left behind is taken over at once. Rejects with
 * `FolderUnusable` when the folder cannot be created, written or read by this version.
 * Closing log or store alone ends their subscriptions and listeners; the folder stays open.
 */
export async function openEmbedded({ folder, clock }: EmbeddedOptions): Promise<Embedded> {
  const environment = await openEnvironment(folder, clock);
  const log = createEventLog(environment, loadTopics(environment), clock);
  const store = createViewStore(environment);
  return {
    log,
    store,
    async close() {
      await log.close();
      await store.close();
      await environment.close();
    },
  };
}
