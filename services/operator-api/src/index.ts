export { operatorApiConfig } from './config.js';
export { createOperating } from './operating.js';
export type { Operating, OperatingPorts } from './operating.js';
export { operatorRoutes } from './operator-routes.js';
