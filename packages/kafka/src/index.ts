export { openKafkaLog } from './kafka-log.js';
export { HINT_METADATA } from './hint-committer.js';
export type { KafkaLogOptions, Log } from './options.js';
export { UndecodableBatch, UnknownTopic } from './errors.js';
