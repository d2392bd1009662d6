import { checkpointReply, eventListReply } from '../replies/run-replies.js';
import { workerListReply, workerReply } from '../replies/worker-replies.js';
import { listWorkersQuery, readWorkerQuery, workerEventsQuery } from '../requests/queries.js';
import type { Operation } from './operation.js';
import { workerIdParameter } from './path-parameters.js';
import { jsonReply, readOperation } from './read-operation.js';

/** Reads of workers. */
export const workerReads: readonly Operation[] = [
  readOperation({
    id: 'listWorkers',
    path: '/internal/v1/workers',
    group: 'workers',
    summary: 'List the workers of one owner, newest first',
    query: listWorkersQuery,
    replies: { 200: jsonReply('A page of workers.', workerListReply) },
  }),
  readOperation({
    id: 'getWorker',
    path: '/internal/v1/workers/{worker_id}',
    group: 'workers',
    summary: 'Read a worker',
    pathParameters: workerIdParameter,
    query: readWorkerQuery,
    replies: { 200: jsonReply('The worker, and how alive it looks now.', workerReply) },
    problems: ['not_found', 'forbidden'],
  }),
  readOperation({
    id: 'getWorkerSnapshot',
    path: '/internal/v1/workers/{worker_id}/snapshot',
    group: 'workers',
    summary: 'Read a worker, by its other name',
    pathParameters: workerIdParameter,
    query: readWorkerQuery,
    replies: { 200: jsonReply('The worker, and how alive it looks now.', workerReply) },
    problems: ['not_found', 'forbidden'],
  }),
  readOperation({
    id: 'listWorkerEvents',
    path: '/internal/v1/workers/{worker_id}/events',
    group: 'workers',
    summary: 'Read the timeline of a worker',
    description:
      'In order: where a worker finds what it was asked, and its callers what it answered. `next_cursor` is the `after_seq` of the next page.',
    pathParameters: workerIdParameter,
    query: workerEventsQuery,
    replies: { 200: jsonReply('A page of events.', eventListReply) },
    problems: ['not_found', 'forbidden'],
  }),
  readOperation({
    id: 'getWorkerCheckpoint',
    path: '/internal/v1/workers/{worker_id}/checkpoint',
    group: 'workers',
    summary: 'Read how far a worker is folded',
    pathParameters: workerIdParameter,
    query: readWorkerQuery,
    replies: { 200: jsonReply('The checkpoint.', checkpointReply) },
    problems: ['not_found', 'forbidden'],
  }),
];
