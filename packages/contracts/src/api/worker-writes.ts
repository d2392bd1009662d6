import type { z } from 'zod';
import { workerRequestReply, workerWriteReply } from '../replies/append-replies.js';
import {
  appendWorkerEventRequest,
  registerWorkerRequest,
  stopWorkerRequest,
  workerHeartbeatRequest,
  workerRequestRequest,
  workerStatusRequest,
} from '../requests/worker-requests.js';
import type { Operation } from './operation.js';
import { workerIdParameter } from './path-parameters.js';
import { createdHeaders, writtenHeaders } from './reply-headers.js';
import { writeOperation } from './write-operation.js';

/** What becomes an event of a worker that is there, and how that is answered. */
const eventWrite = (
  status: 200 | 201,
  row: Pick<Operation, 'id' | 'path' | 'summary' | 'description'>,
  schema: z.ZodType,
  reply: z.ZodType = workerWriteReply,
): Operation =>
  writeOperation({
    ...row,
    group: 'workers',
    pathParameters: workerIdParameter,
    body: { required: true, content: { 'application/json': { schema } } },
    replies: {
      [status]: {
        description: 'The event is part of the history, now or since an earlier request.',
        content: { 'application/json': { schema: reply } },
        headers: writtenHeaders,
      },
    },
  });

/** What is written to workers. */
export const workerWrites: readonly Operation[] = [
  writeOperation({
    id: 'registerWorker',
    path: '/internal/v1/workers',
    group: 'workers',
    summary: 'Register a worker, or register it again',
    description:
      'References that are not named become null; metadata is merged, one level deep; a worker that stopped or failed runs again.',
    body: { required: true, content: { 'application/json': { schema: registerWorkerRequest } } },
    replies: {
      201: {
        description: 'The worker is registered, now or since an earlier request.',
        content: { 'application/json': { schema: workerWriteReply } },
        headers: createdHeaders,
      },
    },
  }),
  eventWrite(
    200,
    {
      id: 'beatWorker',
      path: '/internal/v1/workers/{worker_id}/heartbeat',
      summary: 'Tell that a worker is alive',
    },
    workerHeartbeatRequest,
  ),
  eventWrite(
    200,
    {
      id: 'setWorkerStatus',
      path: '/internal/v1/workers/{worker_id}/status',
      summary: 'Change the status of a worker',
    },
    workerStatusRequest,
  ),
  eventWrite(
    200,
    {
      id: 'stopWorker',
      path: '/internal/v1/workers/{worker_id}/stop',
      summary: 'Stop a worker',
      description: 'The same as the status `stopped`.',
    },
    stopWorkerRequest,
  ),
  eventWrite(
    201,
    {
      id: 'appendWorkerEvent',
      path: '/internal/v1/workers/{worker_id}/events',
      summary: 'Report an event of a worker',
      description:
        'Any type that begins with `worker.`; `worker.<status>` changes the status, `worker.response` and `worker.error` answer the request that their `request_id` names. A worker that stopped or failed reports nothing.',
    },
    appendWorkerEventRequest,
  ),
  eventWrite(
    201,
    {
      id: 'requestWorker',
      path: '/internal/v1/workers/{worker_id}/requests',
      summary: 'Ask a running worker for something',
      description:
        'The request becomes an event of the worker, which answers with another. The same `request_id` again is a replay; another request under it is a conflict. A worker that is not running is asked nothing.',
    },
    workerRequestRequest,
    workerRequestReply,
  ),
];
