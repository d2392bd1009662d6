export { createIngest, DEFAULT_WAIT_MS, WAITING_MAX } from './ingest.js';
export type { Ingest, IngestPorts } from './ingest.js';
export { ingestRoutes } from './ingest-routes.js';
