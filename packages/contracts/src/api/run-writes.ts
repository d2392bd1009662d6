import { z } from 'zod';
import {
  appendReply,
  batchReply,
  cancelReply,
  cancelTooLateReply,
  createRunReply,
  frameReply,
} from '../replies/append-replies.js';
import {
  appendFrameRequest,
  appendRequest,
  BATCH_LINES_MAX,
  cancelRunRequest,
  createRunRequest,
} from '../requests/run-requests.js';
import type { Operation } from './operation.js';
import { runIdParameter } from './path-parameters.js';
import { batchHeaders, createdHeaders, tooLateHeaders, writtenHeaders } from './reply-headers.js';
import { writeOperation } from './write-operation.js';

const ACCEPTED = 'The event is part of the history, now or since an earlier request.';

/** The lines of a batch as text. */
const batchText = z
  .string()
  .describe(`1 to ${BATCH_LINES_MAX} lines, each one event as \`application/json\` has it.`);

/** What is written to runs. */
export const runWrites: readonly Operation[] = [
  writeOperation({
    id: 'createRun',
    path: '/internal/v1/runs',
    group: 'runs',
    summary: 'Create a run and start it',
    body: { required: true, content: { 'application/json': { schema: createRunRequest } } },
    replies: {
      201: {
        description: ACCEPTED,
        content: { 'application/json': { schema: createRunReply } },
        headers: createdHeaders,
      },
    },
  }),
  writeOperation({
    id: 'appendRunEvents',
    path: '/internal/v1/runs/{run_id}/events',
    group: 'runs',
    summary: 'Append one event, or a batch of them',
    description:
      'A batch is a JSON array or lines of JSON. Its events are judged one by one, in their order, and each has its own result; `Idempotency-Key` is refused, because every event carries its own `idempotency_key`.',
    pathParameters: runIdParameter,
    body: {
      required: true,
      content: {
        'application/json': { schema: appendRequest },
        'application/x-ndjson': { schema: batchText },
      },
    },
    replies: {
      200: {
        description: 'A batch: one result per event, in the order of the events.',
        content: { 'application/json': { schema: batchReply } },
        headers: batchHeaders,
      },
      201: {
        description: ACCEPTED,
        content: { 'application/json': { schema: appendReply } },
        headers: writtenHeaders,
      },
    },
  }),
  writeOperation({
    id: 'cancelRun',
    path: '/internal/v1/runs/{run_id}/cancel',
    group: 'runs',
    summary: 'Ask a run to stop',
    description:
      'Whoever runs it ends it with `run.finished`. Every request is kept with its reason; of a run that is over nothing is asked.',
    pathParameters: runIdParameter,
    body: { required: false, content: { 'application/json': { schema: cancelRunRequest } } },
    replies: {
      200: {
        description: 'The run is over: nothing was recorded, and nothing is running.',
        content: { 'application/json': { schema: cancelTooLateReply } },
        headers: tooLateHeaders,
      },
      201: {
        description: ACCEPTED,
        content: { 'application/json': { schema: cancelReply } },
        headers: writtenHeaders,
      },
    },
  }),
  writeOperation({
    id: 'appendRunFrame',
    path: '/internal/v1/runs/{run_id}/frames',
    group: 'runs',
    summary: 'Give a run an input',
    description:
      'A frame becomes one event: `cancel` and `cancel_requested` ask the run to stop; `finish`, `complete` and `run_complete` end it well, `fail` and `error` badly; one with a `text` or `delta` is a `run.delta`, any other a `run.frame_consumed`. The same frame again is a replay; another one under its ID is a conflict. `frame_id` is the idempotency key.',
    pathParameters: runIdParameter,
    body: { required: true, content: { 'application/json': { schema: appendFrameRequest } } },
    replies: {
      201: {
        description: ACCEPTED,
        content: { 'application/json': { schema: frameReply } },
        headers: writtenHeaders,
      },
    },
  }),
];
