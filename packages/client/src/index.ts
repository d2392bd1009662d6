export type {
  EventPage,
  NamedWriteOptions,
  PageOptions,
  ReadOptions,
  WriteOptions,
} from './calls.js';
export * from './dead-letters.js';
export * from './explanations.js';
export {
  createRedactionPolicy,
  REDACTION_MODES,
  type RedactionMode,
  type RedactionOptions,
  type RedactionPolicy,
} from '@refold/redaction';
export * from './operations.js';
export * from './parked.js';
export type { ReceiptCalls, ReceiptWait } from './receipts.js';
export * from './refold-client.js';
export * from './refold-problem.js';
export { DEFAULT_RETRY, type RetryPolicy, type RetryTools } from './retry.js';
export type { BatchOutcome, RunCalls, RunFilter, SnapshotOptions } from './runs.js';
export { POSITION_HEADER, type CallOptions, type Reply, type Token } from './transport.js';
export * from './wire.js';
export type { AnswerWait, AskedRequest, WorkerCalls, WorkerFilter } from './workers.js';
