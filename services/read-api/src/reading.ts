import type { StreamKind } from '@refold/contracts';
import {
  PositionWaits,
  ProjectionReader,
  type EventLog,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import type { Installation } from '@refold/serving';
import type { Reads, Served } from './reads.js';

/** What reading is built from. */
export interface ReadingPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  installation: Installation;
}

/** What the routes work with, and how it opens and closes. */
export interface Reading extends Reads {
  /** Shared with whoever reads in the same process, so that nobody is served below another. */
  readonly readers: Readonly<Record<StreamKind, ProjectionReader>>;
  /** Listens for commits, so that readers can wait for a position. */
  start(): Promise<void>;
  /** Whoever waits is answered. */
  stop(): Promise<void>;
}

/** Reading over the ports. */
export function createReading({ log, store, timing, installation }: ReadingPorts): Reading {
  const { runs, workers, operations } = installation.projections;
  const readers = {
    run: new ProjectionReader(store, runs),
    worker: new ProjectionReader(store, workers),
    operation: new ProjectionReader(store, operations),
  };
  const serve = (reader: ProjectionReader): Served => ({
    reader,
    waits: new PositionWaits(store, timing, reader),
  });
  const served = {
    run: serve(readers.run),
    worker: serve(readers.worker),
    operation: serve(readers.operation),
  };
  const everyWait = Object.values(served).map(({ waits }) => waits);
  return {
    served,
    readers,
    store,
    log,
    nowMs: () => Date.now(),
    async start() {
      await Promise.all(everyWait.map((waits) => waits.start()));
    },
    async stop() {
      await Promise.all(everyWait.map((waits) => waits.stop()));
    },
  };
}
