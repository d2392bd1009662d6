export * from './memory/memory-event-log.js';
