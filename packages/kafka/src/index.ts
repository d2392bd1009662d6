export { openKafkaLog } from './kafka-log.js';
export type { KafkaLogOptions, Log } from './options.js';
export { UndecodableBatch, UnknownTopic } from './errors.js';
