import type { StreamKind } from '@refold/contracts';
import type { EventLog, PositionWaits, ProjectionReader, ViewStore } from '@refold/pipeline';

/** One projection as it is served. */
export interface Served {
  reader: ProjectionReader;
  waits: PositionWaits;
}

/** What the read routes work with. */
export interface Reads {
  served: Readonly<Record<StreamKind, Served>>;
  store: ViewStore;
  /** For the ends of the log, in the list of projectors only. */
  log: EventLog;
  nowMs(): number;
}
