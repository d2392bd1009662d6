export * from './json.js';
export * from './ids.js';
export * from './partitioner.js';
export * from './topics.js';
export * from './envelope.js';
export * from './verdict.js';
