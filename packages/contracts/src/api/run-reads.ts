import { z } from 'zod';
import {
  eventListReply,
  readRunReply,
  runListReply,
  runReceiptReply,
  runSnapshotReply,
} from '../replies/run-replies.js';
import {
  eventsPageQuery,
  listRunsQuery,
  readQuery,
  readRunQuery,
  runSnapshotQuery,
} from '../requests/queries.js';
import type { Operation } from './operation.js';
import { runIdParameter } from './path-parameters.js';
import { jsonReply, readOperation } from './read-operation.js';
import { readHeaders, taggedHeaders } from './reply-headers.js';
import { conditionalHeaders } from './request-headers.js';

/** Reads of runs. */
export const runReads: readonly Operation[] = [
  readOperation({
    id: 'listRuns',
    path: '/internal/v1/runs',
    group: 'runs',
    summary: 'List runs, newest first',
    query: listRunsQuery,
    replies: { 200: jsonReply('A page of runs.', runListReply) },
  }),
  readOperation({
    id: 'getRun',
    path: '/internal/v1/runs/{run_id}',
    group: 'runs',
    summary: 'Read a run',
    pathParameters: runIdParameter,
    query: readRunQuery,
    requestHeaders: conditionalHeaders,
    replies: {
      200: { ...jsonReply('The run.', readRunReply), headers: taggedHeaders },
      304: { description: 'The run is as the ETag that was sent.', headers: taggedHeaders },
    },
    problems: ['not_found'],
  }),
  readOperation({
    id: 'getRunSnapshot',
    path: '/internal/v1/runs/{run_id}/snapshot',
    group: 'runs',
    summary: 'Read how a run stands',
    description: 'With `thread_id`: only if the run belongs to that thread.',
    pathParameters: runIdParameter,
    query: runSnapshotQuery,
    replies: { 200: jsonReply('How it stands.', runSnapshotReply) },
    problems: ['not_found'],
  }),
  readOperation({
    id: 'listRunEvents',
    path: '/internal/v1/runs/{run_id}/events',
    group: 'runs',
    summary: 'Read the timeline of a run',
    description:
      'In order. `next_cursor` is the `after_seq` of the next page; a page of large events may hold fewer than `limit`.',
    pathParameters: runIdParameter,
    query: eventsPageQuery,
    replies: { 200: jsonReply('A page of events.', eventListReply) },
    problems: ['not_found'],
  }),
  readOperation({
    id: 'getRunReceipt',
    path: '/internal/v1/runs/{run_id}/receipt',
    group: 'runs',
    summary: 'Read what the history of a run was, in one hash',
    pathParameters: runIdParameter,
    query: readQuery,
    replies: { 200: jsonReply('The receipt.', runReceiptReply) },
    problems: ['not_found'],
  }),
  readOperation({
    id: 'replayRun',
    path: '/internal/v1/runs/{run_id}/replay',
    group: 'runs',
    summary: 'Read the whole history of a run as lines',
    description:
      'Lines of JSON: `ReplayHeader`, `SessionStart`, a `RuntimeEvent` for each event, `SessionEnd`. A text without its last line broke off.',
    pathParameters: runIdParameter,
    query: readQuery,
    replies: {
      200: {
        description: 'The history.',
        content: { 'application/x-ndjson': { schema: z.string().describe('Lines of JSON.') } },
        headers: readHeaders,
      },
    },
    problems: ['not_found'],
  }),
];
