export * from './claim.js';
export * from './state.js';
export * from './decider.js';
export * from './view.js';
