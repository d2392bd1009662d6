export type { JsonSchema } from './json-schema.js';
export * from './documents.js';
export * from './openapi.js';
export * from './asyncapi.js';
export * from './record.js';
