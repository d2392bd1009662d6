import type { HttpServer } from '@refold/service';
import type { Reads } from './reads.js';
import { claimReceiptsRoute } from './routes/claim-receipts.js';
import { driftRoute } from './routes/drift.js';
import { listDeadLettersRoute } from './routes/list-dead-letters.js';
import { listRunEventsRoute } from './routes/list-run-events.js';
import { listRunsRoute } from './routes/list-runs.js';
import { projectorsRoute } from './routes/projectors.js';
import { readRunRoute } from './routes/read-run.js';
import { readWorkerRoutes } from './routes/read-workers.js';
import { runReceiptRoute } from './routes/run-receipt.js';
import { runReplayRoute } from './routes/run-replay.js';
import { streamCheckpointRoutes } from './routes/stream-checkpoints.js';

/** Every route that reads. */
export function readRoutes(app: HttpServer, reads: Reads): void {
  listRunsRoute(app, reads);
  readRunRoute(app, reads);
  listRunEventsRoute(app, reads);
  runReceiptRoute(app, reads);
  runReplayRoute(app, reads);
  streamCheckpointRoutes(app, reads);
  projectorsRoute(app, reads);
  listDeadLettersRoute(app, reads);
  driftRoute(app, reads);
  readWorkerRoutes(app, reads);
  claimReceiptsRoute(app, reads);
}
