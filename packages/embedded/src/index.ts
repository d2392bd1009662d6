export * from './errors.js';
export * from './open-embedded.js';
