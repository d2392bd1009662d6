export { breakerOf, breakerSettings, projectorConfig, verifySettings } from './config.js';
export { createProjecting } from './projecting.js';
export type { Projecting, ProjectingPorts } from './projecting.js';
export type { FoldHealth } from './fold-health.js';
