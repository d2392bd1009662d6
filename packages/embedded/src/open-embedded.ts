import type { EventLog, OneTimeUses, ViewStore } from '@refold/pipeline';
import { createEventLog } from './embedded-event-log.js';
import { createViewStore } from './embedded-view-store.js';
import { createOneTimeUses } from './embedded-one-time-uses.js';
import { openEnvironment, type Environment } from './environment.js';
import { loadTopics } from './topics.js';

export interface EmbeddedOptions {
  /** Where everything is kept; created with mode 0700 when it is missing. */
  folder: string;
  /** Milliseconds since the epoch; stamps appended records. */
  clock: () => number;
  /** Hears, in words, of a disk that is full and of its end; must not throw. Default: nobody does. */
  trouble?: (what: string) => void;
}

/** All ports over one folder. */
export interface Embedded {
  log: EventLog;
  store: ViewStore;
  uses: OneTimeUses;
  /** Closes the log's subscriptions and the folder; waits for running writes. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens a folder as log and store. One process at a time owns it: a second one rejects with
 * `FolderInUse`, and what a killed one left behind is taken over at once. Rejects with
 * `FolderUnusable` when the folder cannot be created, written or read by this version.
 * On a full disk appends reject with `StorageFull`, nothing of them stored, and commits wait for room.
 * Closing log or store alone ends their subscriptions and listeners; the folder stays open.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { folder, clock, trouble = () => undefined } = options;
  const environment = await openEnvironment(folder, clock);
  const log = await closingOnThrow(environment, () =>
    createEventLog(environment, loadTopics(environment), clock),
  );
  const store = createViewStore(environment, trouble);
  return {
    log,
    store,
    uses: createOneTimeUses(environment, clock),
    async close() {
      await log.close();
      await store.close();
      await environment.close();
    },
  };
}

/** A folder that cannot be opened whole is nobody's: it can be opened again. */
async function closingOnThrow<T>(environment: Environment, open: () => T): Promise<T> {
  try {
    return open();
  } catch (error) {
    await environment.close();
    throw error;
  }
}
