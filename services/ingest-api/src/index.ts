export { checkEventBytes, eventSettings, ingestConfig, waitSettings } from './config.js';
export { redactionOf, redactionSettings } from './redaction-settings.js';
export { createIngest } from './ingest.js';
export type { Ingest, IngestPorts } from './ingest.js';
export { ingestRoutes } from './ingest-routes.js';
