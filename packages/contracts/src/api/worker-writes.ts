import type { z } from 'zod';
import { workerWriteReply } from '../replies/append-replies.js';
import {
  registerWorkerRequest,
  stopWorkerRequest,
  workerHeartbeatRequest,
  workerStatusRequest,
} from '../requests/worker-requests.js';
import type { Operation } from './operation.js';
import { workerIdParameter } from './path-parameters.js';
import { createdHeaders, writtenHeaders } from './reply-headers.js';
import { writeOperation } from './write-operation.js';

/** Something that is done to a worker that is there. */
const workerWrite = (
  row: Pick<Operation, 'id' | 'path' | 'summary' | 'description'>,
  schema: z.ZodType,
): Operation =>
  writeOperation({
    ...row,
    group: 'workers',
    pathParameters: workerIdParameter,
    body: { required: true, content: { 'application/json': { schema } } },
    replies: {
      200: {
        description: 'The event is part of the history, now or since an earlier request.',
        content: { 'application/json': { schema: workerWriteReply } },
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
  workerWrite(
    {
      id: 'beatWorker',
      path: '/internal/v1/workers/{worker_id}/heartbeat',
      summary: 'Tell that a worker is alive',
    },
    workerHeartbeatRequest,
  ),
  workerWrite(
    {
      id: 'setWorkerStatus',
      path: '/internal/v1/workers/{worker_id}/status',
      summary: 'Change the status of a worker',
    },
    workerStatusRequest,
  ),
  workerWrite(
    {
      id: 'stopWorker',
      path: '/internal/v1/workers/{worker_id}/stop',
      summary: 'Stop a worker',
      description: 'The same as the status `stopped`.',
    },
    stopWorkerRequest,
  ),
];
