import type { HttpServer } from '@refold/service';
import type { Ingest } from './ingest.js';
import { appendFrameRoute } from './routes/append-frame.js';
import { appendRoute } from './routes/append-run-event.js';
import { appendWorkerEventRoutes } from './routes/append-worker-events.js';
import { cancelRunRoute } from './routes/cancel-run.js';
import { createRunRoute } from './routes/create-run.js';
import { writeWorkerRoutes } from './routes/write-workers.js';

/** Every route that writes. */
export function ingestRoutes(app: HttpServer, ingest: Ingest): void {
  createRunRoute(app, ingest);
  appendRoute(app, ingest);
  appendFrameRoute(app, ingest);
  cancelRunRoute(app, ingest);
  writeWorkerRoutes(app, ingest);
  appendWorkerEventRoutes(app, ingest);
}
