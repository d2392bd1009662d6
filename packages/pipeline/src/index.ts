export * from './ports/event-log.js';
export * from './ports/view-store.js';
